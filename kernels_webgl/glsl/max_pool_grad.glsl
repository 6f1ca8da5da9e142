// x: (batch, in_h, in_w, channels). Two transposes of each other, by the position of each window's
// first maximum in x: PICK reads `values` there, otherwise each window's `dy` is added there.

#if VECTORS
#define X(i) x_texel((i) >> 2)
#define DY(i) dy_texel((i) >> 2)
#define LANE(k) k
#else
#define X(i) vec4(x_at(i))
#define DY(i) vec4(dy_at(i))
#define LANE(k) 0
#endif

// The taps (row * kernel_w + column) of the first maxima of the window at (top, left), -1 if none.
ivec4 first_maximum(int n, int top, int left, int c) {
    vec4 best = vec4(0.0);
    ivec4 tap = ivec4(-1);
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx;
            if (ix < 0 || ix >= in_w) continue;
            vec4 value = X(((n * in_h + iy) * in_w + ix) * channels + c);
            bvec4 more = either(lessThan(tap, ivec4(0)), greaterThan(value, best));
            best = choose(more, value, best);
            tap = choose(more, ivec4(ky * kernel_w + kx), tap);
        }
    }
    return tap;
}

vec4 element(int e) {
    int c = e % channels, p = e / channels;
    vec4 total = vec4(0.0);
#if PICK
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    ivec4 taps = first_maximum(n, top, left, c);
    for (int k = 0; k < 4; k++) {
        int tap = taps[k], iy = top + tap / kernel_w, ix = left + tap % kernel_w;
        total[k] = tap < 0 ? 0.0 : values_at(((n * in_h + iy) * in_w + ix) * channels + c + LANE(k));
    }
#else
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    for (int ky = 0; ky < kernel_h; ky++) {
        int sy = iy + pad_top - ky;
        int oy = sy / stride_h;
        if (sy < 0 || oy >= out_h || oy * stride_h != sy) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int sx = ix + pad_left - kx;
            int ox = sx / stride_w;
            if (sx < 0 || ox >= out_w || ox * stride_w != sx) continue;
            bvec4 here = equal(first_maximum(n, iy - ky, ix - kx, c), ivec4(ky * kernel_w + kx));
            total += choose(here, DY(((n * out_h + oy) * out_w + ox) * channels + c), vec4(0.0));
        }
    }
#endif
    return total;
}

#if VECTORS
main_by_texel(element)
#else
float single(int e) {
    return element(e).x;
}
main_by_element(single)
#endif
