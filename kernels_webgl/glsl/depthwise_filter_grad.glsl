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
#define TERM \
    X(((n * in_h + iy) * in_w + ix) * in_c + c) * DY(((n * out_h + oy) * out_w + ox) * filters + f)

SUM element(int e) {
    int filters = in_c * multiplier;
    int q = e / filters, f = e - q * filters;
    int taps = kernel_h * kernel_w, part = q / taps, tap = q - part * taps;
    int c = f / multiplier;
    sum_under_tap(SUM, TERM, part, tap)
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
