// COUNT inputs side by side: row r of the result is row r of x0, then of x1, ... Sizes are those of
// a row, in texels with VECTOR, else in elements.
#if VECTOR
#define PART VEC
#define TAKE(texel, at) texel
#else
#define PART ELEM
#define TAKE(texel, at) at
#endif

PART part(int i) {
    int lengths[COUNT] = sizes;
    int row = i / total, at = i - row * total;
    if (at < lengths[0]) return TAKE(x0_texel, x0_at)(row * lengths[0] + at);
    at -= lengths[0];
#if COUNT > 2
    if (at < lengths[1]) return TAKE(x1_texel, x1_at)(row * lengths[1] + at);
    at -= lengths[1];
#endif
#if COUNT > 3
    if (at < lengths[2]) return TAKE(x2_texel, x2_at)(row * lengths[2] + at);
    at -= lengths[2];
#endif
#if COUNT > 4
    if (at < lengths[3]) return TAKE(x3_texel, x3_at)(row * lengths[3] + at);
    at -= lengths[3];
#endif
#if COUNT > 5
    if (at < lengths[4]) return TAKE(x4_texel, x4_at)(row * lengths[4] + at);
    at -= lengths[4];
#endif
#if COUNT > 6
    if (at < lengths[5]) return TAKE(x5_texel, x5_at)(row * lengths[5] + at);
    at -= lengths[5];
#endif
#if COUNT > 7
    if (at < lengths[6]) return TAKE(x6_texel, x6_at)(row * lengths[6] + at);
    at -= lengths[6];
#endif
    return LAST(row * lengths[COUNT - 1] + at);
}

void main() {
    int i = out_texel();
#if VECTOR
    result = part(i);
#else
    i *= 4;
    result = VEC(part(i), part(i + 1), part(i + 2), part(i + 3));
#endif
}
