// x: (batch, in_h, in_w, in_c); w: (kernel_h, kernel_w, in_c, multiplier).
// result[n, y, x, c * multiplier + m] = sum over taps of x[n, ..., c] * w[tap, c, m]

#if VECTORS
#define SUM vec4
#define X(i) x_texel((i) >> 2)
#define W(i) w_texel((i) >> 2)
#else
#define SUM float
#define X(i) x_at(i)
#define W(i) w_at(i)
#endif

SUM element(int e) {
    int filters = in_c * multiplier;
    int f = e % filters, p = e / filters;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int c = f / multiplier;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    SUM total = SUM(0.0);
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky * dilation_h;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx * dilation_w;
            if (ix < 0 || ix >= in_w) continue;
            total += X(((n * in_h + iy) * in_w + ix) * in_c + c)
                   * W((ky * kernel_w + kx) * filters + f);
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
