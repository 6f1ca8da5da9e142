// The transpose of conv2d. dy: (batch, out_h, out_w, out_c); w: (kernel_h, kernel_w, in_c, out_c).
// result[n, y, x, c] = sum over taps and o of dy[n, (y + pad - tap) / stride, ..., o] * w[tap, c, o],
// over the taps for which the division leaves no rest.

#if VECTORS
vec4 channels(int pixel, int filters) {
    vec4 total = vec4(0.0);
    int from = pixel >> 2, at = filters >> 2, step = out_c >> 2;
    for (int o = 0; o < step; o++) {
        vec4 v = dy_texel(from + o);
        total += vec4(dot(v, w_texel(at + o)), dot(v, w_texel(at + step + o)),
                      dot(v, w_texel(at + 2 * step + o)), dot(v, w_texel(at + 3 * step + o)));
    }
    return total;
}
#define SUM vec4
#else
float channels(int pixel, int filters) {
    float total = 0.0;
    for (int o = 0; o < out_c; o++) {
        total += dy_at(pixel + o) * w_at(filters + o);
    }
    return total;
}
#define SUM float
#endif

SUM element(int e) {
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
            int pixel = ((n * out_h + oy) * out_w + ox) * out_c;
            total += channels(pixel, ((ky * kernel_w + kx) * in_c + c) * out_c);
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
