// x: images (batch, in_h, in_w, in_c); w: filters (kernel_h, kernel_w, in_c, out_c).
// result[n, y, x, o] = sum over taps and c of x[n, y * stride + tap - pad, ..., c] * w[tap, c, o]

// The sum over the channels of one input pixel; `pixel` and `tap` are element offsets.
#if VECTORS
vec4 channels(int pixel, int tap, int o) {
    vec4 total = vec4(0.0);
    int at = (tap + o) >> 2, step = out_c >> 2;
#if INPUT_VECTORS
    int from = pixel >> 2;
    for (int c = 0; c < in_c; c += 4) {
        vec4 v = x_texel(from);
        total += v.x * w_texel(at);
        total += v.y * w_texel(at + step);
        total += v.z * w_texel(at + 2 * step);
        total += v.w * w_texel(at + 3 * step);
        from += 1;
        at += 4 * step;
    }
#else
    for (int c = 0; c < in_c; c++) {
        total += x_at(pixel + c) * w_texel(at);
        at += step;
    }
#endif
    return total;
}
#define SUM vec4
#else
float channels(int pixel, int tap, int o) {
    float total = 0.0;
    for (int c = 0; c < in_c; c++) {
        total += x_at(pixel + c) * w_at(tap + c * out_c + o);
    }
    return total;
}
#define SUM float
#endif

SUM element(int e) {
    int o = e % out_c, p = e / out_c;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    SUM total = SUM(0.0);
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky * dilation_h;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx * dilation_w;
            if (ix < 0 || ix >= in_w) continue;
            int tap = (ky * kernel_w + kx) * in_c * out_c;
            total += channels(((n * in_h + iy) * in_w + ix) * in_c, tap, o);
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
