// One of `chunks` partial results along the middle axis of x, (outer, n, inner), for each output
// element (outer, chunk, inner). A chunk is `length` elements; the last may be shorter.
// COMBINE(a, b) joins two vectors, IDENTITY changes nothing.
//
// Three ways: COLUMNS 1 where inner is a multiple of 4 (whole texels side by side; `inner` then
// counts texels), COLUMNS 0 with inner = 1 (along texels: ALIGNED if every chunk begins and ends
// with one), COLUMNS 2 otherwise (element by element).
VEC fold_lanes(VEC v) {
    VEC pairs = COMBINE(v, v.zwxy);
    return COMBINE(pairs, pairs.yxwz);
}

#if COLUMNS == 1
VEC chunk_of(int i) {
    int rest = quotient(i, inner), outer = quotient(rest, chunks), chunk = rest - outer * chunks;
    int first = chunk * length, last = min(first + length, n);
    VEC total = VEC(IDENTITY);
    for (int k = first; k < last; k++) {
        VEC v = x_texel((outer * n + k) * inner + i - rest * inner);
        total = COMBINE(total, v);
    }
    return total;
}
#elif COLUMNS == 0
ELEM chunk_of(int i) {
    int outer = quotient(i, chunks), chunk = i - outer * chunks;
    int first = outer * n + chunk * length, last = outer * n + min((chunk + 1) * length, n);
    VEC total = VEC(IDENTITY);
    for (int t = first >> 2; 4 * t < last; t++) {
        VEC v = x_texel(t);
#if !ALIGNED
        ivec4 at = 4 * t + ivec4(0, 1, 2, 3);
        bvec4 inside = both(greaterThanEqual(at, ivec4(first)), lessThan(at, ivec4(last)));
        v = choose(inside, v, VEC(IDENTITY));
#endif
        total = COMBINE(total, v);
    }
    return fold_lanes(total).x;
}
#else
ELEM chunk_of(int i) {
    int rest = quotient(i, inner), outer = quotient(rest, chunks), chunk = rest - outer * chunks;
    int first = chunk * length, last = min(first + length, n);
    VEC total = VEC(IDENTITY);
    for (int k = first; k < last; k++) {
        VEC v = VEC(x_at((outer * n + k) * inner + i - rest * inner));
        total = COMBINE(total, v);
    }
    return total.x;
}
#endif

void main() {
    int i = out_texel();
#if COLUMNS == 1
    result = EPILOGUE(chunk_of(i));
#else
    i *= 4;
    result = EPILOGUE(VEC(chunk_of(i), chunk_of(i + 1), chunk_of(i + 2), chunk_of(i + 3)));
#endif
}
