// A pass of a scan along the middle axis of x, (outer, n, inner): each element joined with those that
// are 1, 2, ... times `step` before it, `radix` of them from number `first` on; 0 is itself. `jump` is
// how far apart these are in x, in texels if ALIGNED. REVERSE: those after it.
int place(int at) {
    int line = quotient(at, inner), k = line - quotient(line, n) * n;
#if REVERSE
    return n - 1 - k;
#else
    return k;
#endif
}

void main() {
    int i = out_texel(), e = 4 * i;
#if COLUMNS
    ivec4 k = ivec4(place(e));
#else
    ivec4 k = ivec4(place(e), place(e + 1), place(e + 2), place(e + 3));
#endif
    VEC total = VEC(IDENTITY);
    for (int j = first; j < first + radix; j++) {
#if ALIGNED
        VEC part = x_texel(i + j * jump);
#else
        VEC part = x_four(e + j * jump);
#endif
        part = choose(greaterThanEqual(k, ivec4(j * step)), part, VEC(IDENTITY));
        total = COMBINE(total, part);
    }
    result = total;
}
