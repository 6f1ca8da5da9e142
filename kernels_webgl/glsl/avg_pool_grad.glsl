// dy: (batch, out_h, out_w, channels). Each window shares its dy among the pixels it covers.

#if VECTORS
#define SUM vec4
#define DY(i) dy_texel((i) >> 2)
#else
#define SUM float
#define DY(i) dy_at(i)
#endif

int covered(int start, int size, int limit) {
    return min(start + size, limit) - max(start, 0);
}

SUM element(int e) {
    int c = e % channels, p = e / channels;
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    SUM total = SUM(0.0);
    for (int ky = 0; ky < kernel_h; ky++) {
        int sy = iy + pad_top - ky;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int sx = ix + pad_left - kx;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            int area = covered(iy - ky, kernel_h, in_h) * covered(ix - kx, kernel_w, in_w);
            total += DY(((n * out_h + oy) * out_w + ox) * channels + c) / float(area);
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
