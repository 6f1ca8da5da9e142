// x: (batch, in_h, in_w, channels). Two transposes of each other, by the position of each window's
// first maximum in x: PICK reads `values` there, otherwise each window's `dy` is added there.

// The tap (row * kernel_w + column) of the first maximum of the window at (top, left), -1 if none.
int first_maximum(int n, int top, int left, int c) {
    float best = 0.0;
    int tap = -1;
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx;
            if (ix < 0 || ix >= in_w) continue;
            float value = x_at(((n * in_h + iy) * in_w + ix) * channels + c);
            if (tap < 0 || value > best) {
                best = value;
                tap = ky * kernel_w + kx;
            }
        }
    }
    return tap;
}

#if PICK
float element(int e) {
    int c = e % channels, p = e / channels;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    int tap = first_maximum(n, top, left, c);
    int iy = top + tap / kernel_w, ix = left + tap % kernel_w;
    return tap < 0 ? 0.0 : values_at(((n * in_h + iy) * in_w + ix) * channels + c);
}
#else
float element(int e) {
    int c = e % channels, p = e / channels;
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    float total = 0.0;
    for (int ky = 0; ky < kernel_h; ky++) {
        int sy = iy + pad_top - ky;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int sx = ix + pad_left - kx;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            if (first_maximum(n, iy - ky, ix - kx, c) == ky * kernel_w + kx) {
                total += dy_at(((n * out_h + oy) * out_w + ox) * channels + c);
            }
        }
    }
    return total;
}
#endif

main_by_element(element)
