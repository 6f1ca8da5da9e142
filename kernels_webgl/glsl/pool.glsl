// x: (batch, in_h, in_w, channels). The pixels under each window joined, padding left out: by JOIN,
// from START on, then divided by their number (MEAN). DILATION adds the filters w, (kernel_h,
// kernel_w, channels), to them first.

#if VECTORS
#define VALUE VEC
#define X(i) x_texel((i) >> 2)
#define W(i) w_texel((i) >> 2)
#define LARGER(a, b) np_max(a, b)
#else
#define VALUE ELEM
#define X(i) x_at(i)
#define W(i) w_at(i)
#define LARGER(a, b) np_max(VEC(a), VEC(b)).x
#endif

VALUE element(int e) {
    int c = e % channels, p = e / channels;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    int top = oy * stride_h - pad_top, left = ox * stride_w - pad_left;
    VALUE total = VALUE(START);
    int count = 0;
    for (int ky = 0; ky < kernel_h; ky++) {
        int iy = top + ky * dilation_h;
        if (iy < 0 || iy >= in_h) continue;
        for (int kx = 0; kx < kernel_w; kx++) {
            int ix = left + kx * dilation_w;
            if (ix < 0 || ix >= in_w) continue;
            VALUE v = X(((n * in_h + iy) * in_w + ix) * channels + c);
#if DILATION
            v += W((ky * kernel_w + kx) * channels + c);
#endif
            total = JOIN(total, v);
            count += 1;
        }
    }
#if MEAN
    total /= float(max(count, 1));
#endif
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
