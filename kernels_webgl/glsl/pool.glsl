// x: (batch, in_h, in_w, channels). The maximum or mean of each window; padding does not count.

#if VECTORS
#define VALUE vec4
#define X(i) x_texel((i) >> 2)
#define LARGER(a, b) np_max(a, b)
#else
#define VALUE float
#define X(i) x_at(i)
#define LARGER(a, b) np_max(vec4(a), vec4(b)).x
#endif

VALUE element(int e) {
    int c = e % channels, p = e / channels;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
#if MAXIMUM
    VALUE total = VALUE(uintBitsToFloat(0xff800000u));
#else
    VALUE total = VALUE(0.0);
#endif
    float count = 0.0;
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx;
            if (ix < 0 || ix >= in_w) continue;
            VALUE v = X(((n * in_h + iy) * in_w + ix) * channels + c);
#if MAXIMUM
            total = LARGER(total, v);
#else
            total += v;
            count += 1.0;
#endif
        }
    }
#if MAXIMUM
    return total;
#else
    return total / max(count, 1.0);
#endif
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
