// The sum of TERM over the pixels of dy that meet a pixel of x under one tap of the filters, in the
// rows of dy of one part. TERM is in terms of n, the pixel (iy, ix) of x and the pixel (oy, ox) of dy.
#define sum_under_tap(SUM, TERM, part, tap) \
    int left = ((tap) % kernel_w) * dilation_w - pad_left; \
    int top = ((tap) / kernel_w) * dilation_h - pad_top; \
    int end = min(((part) + 1) * rows, batch * out_h); \
    SUM total = SUM(0.0); \
    for (int r = (part) * rows; r < end; r++) { \
        int n = r / out_h, oy = r - n * out_h, iy = oy * stride_h + top; \
        if (iy < 0 || iy >= in_h) continue; \
        /* One sum per row keeps the rounding error of long sums down. */ \
        SUM sum_of_row = SUM(0.0); \
        for (int ox = 0; ox < out_w; ox++) { \
            int ix = ox * stride_w + left; \
            if (ix < 0 || ix >= in_w) continue; \
            sum_of_row += TERM; \
        } \
        total += sum_of_row; \
    }
