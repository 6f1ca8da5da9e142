// x: (batch, in_h, in_w, in_c); dy: (batch, out_h, out_w, out_c).
// result[part, tap, c, o] = sum of x[n, y * stride + tap - pad, ..., c] * dy[n, y, x, o] over all x and
// the part's rows (n, y).

#if VECTORS
#define SUM vec4
#define DY(i) dy_texel((i) >> 2)
#else
#define SUM float
#define DY(i) dy_at(i)
#endif
#define TERM \
    x_at(((n * in_h + iy) * in_w + ix) * in_c + c) * DY(((n * out_h + oy) * out_w + ox) * out_c + o)

SUM element(int e) {
    int o = e % out_c, p = e / out_c;
    int q = p / in_c, c = p - q * in_c;
    int taps = kernel_h * kernel_w, part = q / taps, tap = q - part * taps;
    sum_under_tap(SUM, TERM, part, tap)
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
