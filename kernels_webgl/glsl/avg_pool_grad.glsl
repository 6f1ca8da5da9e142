// dy: (batch, out_h, out_w, channels). Each window shares its dy among the pixels it covers.

#if VECTORS
#define SUM vec4
#define DY(i) dy_texel((i) >> 2)
#else
#define SUM float
#define DY(i) dy_at(i)
#endif

// How many of the taps from `start` on, so far apart, lie inside; at least one does.
int covered(int start, int taps, int apart, int size) {
    int first = (max(-start, 0) + apart - 1) / apart, last = (size - 1 - start) / apart;
    return min(last, taps - 1) - first + 1;
}

SUM element(int e) {
    int c = e % channels, p = e / channels;
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    SUM total = SUM(0.0);
    for (int ky = 0; ky < kernel_h; ky++) {
        int top = iy - ky * dilation_h, sy = top + pad_top;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int left = ix - kx * dilation_w, sx = left + pad_left;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            int area = covered(top, kernel_h, dilation_h, in_h)
                     * covered(left, kernel_w, dilation_w, in_w);
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
