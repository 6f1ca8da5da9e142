// dy: (batch, out_h, out_w, in_c * multiplier); w: (kernel_h, kernel_w, in_c, multiplier).
// result[n, y, x, c] = sum over taps and m of dy[n, (y + pad - tap) / stride, ..., c, m] * w[tap, c, m]

#if VECTORS
#define SUM vec4
#define DY(i) dy_texel((i) >> 2)
#define W(i) w_texel((i) >> 2)
#else
#define SUM float
#define DY(i) dy_at(i)
#define W(i) w_at(i)
#endif

SUM element(int e) {
    int filters = in_c * multiplier;
    int c = e % in_c, p = e / in_c;
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    SUM total = SUM(0.0);
    for (int ky = 0; ky < kernel_h; ky++) {
        int sy = iy + pad_top - ky * dilation_h;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int sx = ix + pad_left - kx * dilation_w;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            int pixel = ((n * out_h + oy) * out_w + ox) * filters + c * multiplier;
            int tap = (ky * kernel_w + kx) * filters + c * multiplier;
            for (int m = 0; m < multiplier; m++) {
                total += DY(pixel + m) * W(tap + m);
            }
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
