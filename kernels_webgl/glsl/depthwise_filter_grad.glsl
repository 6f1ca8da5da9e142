// x: (batch, in_h, in_w, in_c); dy: (batch, out_h, out_w, in_c * multiplier).
// result[part, tap, c, m] = sum of x[n, y * stride + tap - pad, ..., c] * dy[n, y, x, c, m] over all x
// and the part's rows (n, y).

#if VECTORS
#define SUM vec4
#define X(i) x_texel((i) >> 2)
#define DY(i) dy_texel((i) >> 2)
#else
#define SUM float
#define X(i) x_at(i)
#define DY(i) dy_at(i)
#endif

SUM element(int e) {
    int filters = in_c * multiplier;
    int q = e / filters, f = e - q * filters;
    int taps = kernel_h * kernel_w, part = q / taps, tap = q - part * taps;
    int c = f / multiplier;
    int dx = (tap % kernel_w) * dilation_w - pad_left;
    int dy_offset = (tap / kernel_w) * dilation_h - pad_top;
    SUM total = SUM(0.0);
    int end = min((part + 1) * rows, batch * out_h);
    for (int r = part * rows; r < end; r++) {
        int n = r / out_h, oy = r - n * out_h;
        int iy = oy * stride_h + dy_offset;
        if (iy < 0 || iy >= in_h) continue;
        SUM row = SUM(0.0);
        for (int ox = 0; ox < out_w; ox++) {
            int ix = ox * stride_w + dx;
            if (ix < 0 || ix >= in_w) continue;
            row += X(((n * in_h + iy) * in_w + ix) * in_c + c)
                 * DY(((n * out_h + oy) * out_w + ox) * filters + f);
        }
        total += row;
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
