// A scan along the middle axis of x, (outer, n, inner), within chunks of `length`: each element joined
// with those of its chunk that come before it, and without itself if EXCLUSIVE. CARRY: and with what
// `carry`, (outer, chunks, inner), says of the chunks before. REVERSE: what comes after it.
#if ROWS
// inner is 1 and every chunk whole texels.
void main() {
    int i = out_texel(), line = quotient(4 * i, n), k = 4 * i - line * n, chunk = k / length;
    VEC total = VEC(IDENTITY), v = x_texel(i);
#if REVERSE
    for (int t = (line * n + min((chunk + 1) * length, n)) / 4 - 1; t > i; t--) {
        total = COMBINE(total, x_texel(t));
    }
    v = v.wzyx;
#else
    for (int t = (line * n + chunk * length) / 4; t < i; t++) {
        total = COMBINE(total, x_texel(t));
    }
#endif
    total = COMBINE(total, total.zwxy);
    total = COMBINE(total, total.yxwz);
#if CARRY
    total = COMBINE(total, VEC(carry_at(line * chunks + chunk)));
#endif
    v.y = COMBINE(v.x, v.y);
    v.z = COMBINE(v.y, v.z);
    v.w = COMBINE(v.z, v.w);
#if EXCLUSIVE
    v = VEC(IDENTITY, v.xyz);
#endif
    total = COMBINE(total, v);
#if REVERSE
    total = total.wzyx;
#endif
    result = total;
}
#else
// How many elements of its chunk come before element e, and where in `carry` its chunk is.
ivec2 place(int e) {
    int rest = quotient(e, inner), outer = quotient(rest, n), k = rest - outer * n;
    int chunk = k / length, before = k - chunk * length;
#if REVERSE
    before = min(length, n - chunk * length) - 1 - before;
#endif
    return ivec2(before, (outer * chunks + chunk) * inner + e - rest * inner);
}

void main() {
    int i = out_texel(), e = 4 * i;
    ivec2 a = place(e), b = place(e + 1), c = place(e + 2), d = place(e + 3);
    ivec4 before = ivec4(a.x, b.x, c.x, d.x);
#if CARRY
    VEC total = VEC(carry_at(a.y), carry_at(b.y), carry_at(c.y), carry_at(d.y));
#else
    VEC total = VEC(IDENTITY);
#endif
    int most = max(max(a.x, b.x), max(c.x, d.x));
    for (int j = EXCLUSIVE; j <= most; j++) {
#if COLUMNS
        VEC part = x_texel(i + j * jump);
#else
        VEC part = x_four(e + j * jump);
#endif
        part = choose(greaterThanEqual(before, ivec4(j)), part, VEC(IDENTITY));
        total = COMBINE(total, part);
    }
    result = total;
}
#endif
