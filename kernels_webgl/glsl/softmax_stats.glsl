// For each row of x along the middle axis of (outer, n, inner), and of that for each chunk of `length`
// elements, a texel: the largest element, and the sum of e^(element - largest). MERGE: x is such
// texels, `n` for a row, and they are joined. LAST: the sum is ready for use: NaN where the row has
// a NaN or no finite maximum, its logarithm with LOG. UNROLLED: a chunk is sixteen texels, all written
// out; whether to keep or to read again what is needed twice is left to compilers, of which some do
// badly with so many values kept.
#define STEP 4
#if MERGE
#define STATS(k) x_texel(start + (k))
#define INSIDE(k) lessThan((k) + ivec4(0, 1, 2, 3), ivec4(count))
#define FOUR(k, part) \
    vec4(STATS(k).part, STATS(k + 1).part, STATS(k + 2).part, STATS(k + 3).part)
#define GROUP(k) choose(INSIDE(k), FOUR(k, x), vec4(-np_inf()))
#define POWERS(k, top) choose(INSIDE(k), exp_below(GROUP(k) - top) * FOUR(k, y), vec4(0.0))
#else
#define POWERS(k, top) exp_below(GROUP(k) - top)
#if VECTORS
#define GROUP(k) x_placed(start + x_steps((k) >> 2))
#else
// Of four elements, those that are in the chunk.
vec4 group(int start, int k, int count) {
    int at = start + k * inner;
    vec4 v = vec4(x_at(at), x_at(at + inner), x_at(at + 2 * inner), x_at(at + 3 * inner));
    return choose(lessThan(k + ivec4(0, 1, 2, 3), ivec4(count)), v, vec4(-np_inf()));
}
#define GROUP(k) group(start, k, count)
#endif
#endif

#if UNROLLED
#define EACH(DO) DO(0) DO(4) DO(8) DO(12) DO(16) DO(20) DO(24) DO(28) DO(32) DO(36) DO(40) DO(44) \
    DO(48) DO(52) DO(56) DO(60)
#define READ(k) vec4 v = GROUP(k); if (k >= count) v = nothing;
#define TAKE(k) { READ(k) JOIN(v) }
#define ADD(k) { READ(k) total += exp_below(v - base); }
#else
#define EACH(DO) for (int k = 0; k < count; k += STEP) { DO(k) }
#define TAKE(k) vec4 v = GROUP(k); JOIN(v)
#define ADD(k) total += POWERS(k, base);
#endif
#define JOIN(v) top = max(top, v); bits = max(bits, floatBitsToInt(v) & 0x7fffffff);

void main() {
    int i = out_texel(), row = quotient(i, chunks), first = (i - row * chunks) * length;
    int count = min(length, n - first);
#if MERGE
    int start = row * n + first;
#elif VECTORS
    x_PLACE start = x_place((row * n + first) >> 2);
#else
    int outer = quotient(row, inner), start = (outer * n + first) * inner + row - outer * inner;
#endif
    vec4 nothing = vec4(-np_inf()), top = nothing;
    ivec4 bits = ivec4(0);
    EACH(TAKE)
    bits = max(bits, bits.zwxy);
    top = max(top, top.zwxy);
    top = max(top, top.yxwz);
    bool finite = abs(top.x) < np_inf();
    // Where nothing is finite yet, the sum is that of no powers.
    vec4 base = finite ? top : vec4(0.0);
    vec4 total = vec4(0.0);
    EACH(ADD)
    float sum = (total.x + total.y) + (total.z + total.w);
    if (max(bits.x, bits.y) > 0x7f800000) {
        top.x = np_nan();
        finite = false;
    }
#if LAST
    sum = finite ? sum : np_nan();
#if LOG
    sum = np_log(vec4(sum)).x;
#endif
#endif
    result = vec4(top.x, sum, 0.0, 0.0);
}
