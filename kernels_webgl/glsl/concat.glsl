// COUNT inputs side by side: row r of the result is row r of x0, then of x1, ... Sizes are those of
// a row, in texels with VECTOR, else in elements.
#if VECTOR
#define PART VEC
#define TAKE(texel, at) texel
#else
#define PART ELEM
#define TAKE(texel, at) at
#endif

PART part(int row, int at) {
    if (at < size_0) return TAKE(x0_texel, x0_at)(row * size_0 + at);
    at -= size_0;
#if COUNT > 2
    if (at < size_1) return TAKE(x1_texel, x1_at)(row * size_1 + at);
    at -= size_1;
#endif
#if COUNT > 3
    if (at < size_2) return TAKE(x2_texel, x2_at)(row * size_2 + at);
    at -= size_2;
#endif
#if COUNT > 4
    if (at < size_3) return TAKE(x3_texel, x3_at)(row * size_3 + at);
    at -= size_3;
#endif
#if COUNT > 5
    if (at < size_4) return TAKE(x4_texel, x4_at)(row * size_4 + at);
    at -= size_4;
#endif
#if COUNT > 6
    if (at < size_5) return TAKE(x5_texel, x5_at)(row * size_5 + at);
    at -= size_5;
#endif
#if COUNT > 7
    if (at < size_6) return TAKE(x6_texel, x6_at)(row * size_6 + at);
    at -= size_6;
#endif
    return LAST(row * last_size + at);
}

#define NEXT if (++at == total) { at = 0; row++; }

void main() {
#if VECTOR
    int i = out_texel(), row = quotient(i, total);
    VEC value = part(row, i - row * total);
#else
    int i = 4 * out_texel(), row = quotient(i, total), at = i - row * total;
    VEC value;
    value.x = part(row, at);
    NEXT
    value.y = part(row, at);
    NEXT
    value.z = part(row, at);
    NEXT
    value.w = part(row, at);
#endif
    result = EPILOGUE(value);
}
