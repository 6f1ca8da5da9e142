// Pixel (i, j) of result m is read out of image IMAGE(m) of x, (batch, in_h, in_w, channels), at
// ROW(m, i, j) and COLUMN(m, i, j). FOLD(at, n) is the pixel for a whole position of n, -1 for none.
#if VECTORS
#define VALUE VEC
#define X(at) x_texel((at) >> 2)
#else
#define VALUE ELEM
#define X(at) x_at(at)
#endif

VALUE pixel(int n, int y, int x, int c) {
    return y < 0 || x < 0 ? VALUE(fill) : X(((n * in_h + y) * in_w + x) * channels + c);
}

#if !NEAREST
// What has no weight is left out: 0 times infinity is NaN.
VALUE blend(VALUE a, VALUE b, float part) {
    return part == 0.0 ? a : a * (1.0 - part) + b * part;
}
#endif

VALUE element(int e) {
    int at = quotient(e, channels), c = e - at * channels;
    int line = quotient(at, out_w), j = at - line * out_w;
    int m = quotient(line, out_h), i = line - m * out_h, n = IMAGE(m);
    float y = ROW(m, i, j), x = COLUMN(m, i, j);
    if (n < 0 || n >= batch || not_finite(y) || not_finite(x)) return VALUE(fill);
#if NEAREST
    return pixel(n, FOLD(round_half_up(y), in_h), FOLD(round_half_up(x), in_w), c);
#else
    float top = floor(y), left = floor(x);
    int y0 = FOLD(top, in_h), y1 = FOLD(top + 1.0, in_h);
    int x0 = FOLD(left, in_w), x1 = FOLD(left + 1.0, in_w);
    VALUE upper = blend(pixel(n, y0, x0, c), pixel(n, y0, x1, c), x - left);
    VALUE lower = blend(pixel(n, y1, x0, c), pixel(n, y1, x1, c), x - left);
    return blend(upper, lower, y - top);
#endif
}

void main() {
    int e = 4 * out_texel();
#if VECTORS
    VEC value = element(e);
#else
    VEC value = VEC(element(e), element(e + 1), element(e + 2), element(e + 3));
#endif
    result = EPILOGUE(value);
}
