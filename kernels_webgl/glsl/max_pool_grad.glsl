// x: (batch, in_h, in_w, channels). What depends on the position of each window's first maximum in
// x: POSITION gives its number (batch_step is the size of an image, or 0), PICK reads `values` there,
// and otherwise each window's `dy` is added there, which is the transpose of PICK.

#if VECTORS
#define X(i) x_texel((i) >> 2)
#define DY(i) dy_texel((i) >> 2)
#define LANE(k) k
#else
#define X(i) x_VEC(x_at(i))
#define DY(i) vec4(dy_at(i))
#define LANE(k) 0
#endif

// The taps (row * kernel_w + column) of the first maxima of the window at (top, left), -1 if none.
ivec4 first_maximum(int n, int top, int left, int c) {
    x_VEC best = x_VEC(0);
    ivec4 tap = ivec4(-1);
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky * dilation_h;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx * dilation_w;
            if (ix < 0 || ix >= in_w) continue;
            x_VEC value = X(((n * in_h + iy) * in_w + ix) * channels + c);
            bvec4 more = either(lessThan(tap, ivec4(0)), BEYOND(value, best));
            best = choose(more, value, best);
            tap = choose(more, ivec4(ky * kernel_w + kx), tap);
        }
    }
    return tap;
}

VEC element(int e) {
    int c = e % channels, p = e / channels;
    VEC total = VEC(0);
#if PICK || POSITION
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    ivec4 taps = first_maximum(n, top, left, c);
    for (int k = 0; k < 4; k++) {
        int tap = taps[k];
        int iy = top + tap / kernel_w * dilation_h, ix = left + tap % kernel_w * dilation_w;
        int pixel = iy * in_w + ix;
#if POSITION
        total[k] = tap < 0 ? -1 : n * batch_step + pixel * channels + c + LANE(k);
#else
        total[k] = tap < 0 ? 0.0 : values_at((n * in_h * in_w + pixel) * channels + c + LANE(k));
#endif
    }
#else
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    for (int ky = 0; ky < kernel_h; ky++) {
        int top = iy - ky * dilation_h, sy = top + pad_top;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int left = ix - kx * dilation_w, sx = left + pad_left;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            bvec4 here = equal(first_maximum(n, top, left, c), ivec4(ky * kernel_w + kx));
            total += choose(here, DY(((n * out_h + oy) * out_w + ox) * channels + c), vec4(0.0));
        }
    }
#endif
    return total;
}

#if VECTORS
main_by_texel(element)
#else
ELEM single(int e) {
    return element(e).x;
}
main_by_element(single)
#endif
