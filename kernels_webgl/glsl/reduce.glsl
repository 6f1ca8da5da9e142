// One of `chunks` partial results along the middle axis of x, (outer, n, inner), for each output
// element (outer, chunk, inner). A chunk is `length` elements; the last may be shorter.
// COMBINE(a, b) joins two vectors, IDENTITY changes nothing. With BY_BITS it need not care for NaN:
// the largest bits but for the sign tell afterwards whether there was one, which is cheaper.
//
// Three ways: COLUMNS 1 where inner is a multiple of 4 (whole texels side by side; `inner` then
// counts texels), COLUMNS 0 with inner = 1 (along texels: ALIGNED if every chunk begins and ends
// with one), COLUMNS 2 otherwise (element by element).
//
// With ONCE what reads an element is written only once: it is long, and each copy is compiled.
#if BY_BITS
#define START VEC total = VEC(IDENTITY), next; ivec4 bits = ivec4(0);
#define TAKE(v) next = v; total = COMBINE(total, next); \
    bits = max(bits, floatBitsToInt(next) & 0x7fffffff);
#define TOTAL choose(greaterThan(bits, ivec4(0x7f800000)), vec4(np_nan()), total)
#define FOLD(a, b) NAN_COMBINE(a, b)
#else
#define START VEC total = VEC(IDENTITY), next;
#define TAKE(v) next = v; total = COMBINE(total, next);
#define TOTAL total
#define FOLD(a, b) COMBINE(a, b)
#endif

#if COLUMNS == 1
VEC chunk_of(int i) {
    int rest = quotient(i, inner), outer = quotient(rest, chunks), chunk = rest - outer * chunks;
    int first = chunk * length, last = min(first + length, n), at = outer * n * inner + i - rest * inner;
    START
    for (int k = first; k < last; k++) {
        TAKE(x_texel(at + k * inner))
    }
    return TOTAL;
}
#elif COLUMNS == 0
#if ALIGNED
#define EDGE(t) x_texel(t)
#else
// What of texel t is in the chunk.
#define EDGE(t) choose(both(greaterThanEqual(4 * (t) + ivec4(0, 1, 2, 3), ivec4(first)), \
                            lessThan(4 * (t) + ivec4(0, 1, 2, 3), ivec4(last))), \
                       x_texel(t), VEC(IDENTITY))
#endif

ELEM chunk_of(int i) {
    int outer = quotient(i, chunks), chunk = i - outer * chunks;
    int first = outer * n + chunk * length, last = outer * n + min((chunk + 1) * length, n);
    int t = first >> 2, end = (last - 1) >> 2;
    START
#if ONCE
    for (; t <= end; t++) {
        TAKE(EDGE(t))
    }
#else
    TAKE(EDGE(t))
    for (t++; t + 3 < end; t += 4) {
        TAKE(x_texel(t))
        TAKE(x_texel(t + 1))
        TAKE(x_texel(t + 2))
        TAKE(x_texel(t + 3))
    }
    for (; t < end; t++) {
        TAKE(x_texel(t))
    }
    if (t == end) {
        TAKE(EDGE(t))
    }
#endif
    VEC pairs = TOTAL;
    pairs = FOLD(pairs, pairs.zwxy);
    return FOLD(pairs, pairs.yxwz).x;
}
#else
ELEM chunk_of(int i) {
    int rest = quotient(i, inner), outer = quotient(rest, chunks), chunk = rest - outer * chunks;
    int first = chunk * length, last = min(first + length, n), at = outer * n * inner + i - rest * inner;
    START
    for (int k = first; k < last; k++) {
        TAKE(VEC(x_at(at + k * inner)))
    }
    return TOTAL.x;
}
#endif

void main() {
    int i = out_texel();
#if COLUMNS == 1
    result = EPILOGUE(chunk_of(i));
#elif ONCE
    VEC all;
    for (int k = 0; k < 4; k++) {
        all[k] = chunk_of(4 * i + k);
    }
    result = EPILOGUE(all);
#else
    i *= 4;
    result = EPILOGUE(VEC(chunk_of(i), chunk_of(i + 1), chunk_of(i + 2), chunk_of(i + 3)));
#endif
}
