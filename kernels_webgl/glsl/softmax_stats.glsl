// For each row of x along the middle axis of (outer, n, inner), and of that for each chunk of `length`
// elements, a texel: the largest element, and the sum of e^(element - largest). MERGE: x is such
// texels, `n` for a row, and they are joined. LAST: the sum is ready for use: NaN where the row has
// a NaN or no finite maximum, its logarithm with LOG.
#if MERGE
#define STEP 1
#define GROUP(k) vec4(x_texel(row * n + (k)).x)
#define POWERS(k, top) exp_below(GROUP(k) - top) * vec4(x_texel(row * n + (k)).y, vec3(0.0))
#else
#define STEP 4
#define POWERS(k, top) exp_below(GROUP(k) - top)
#if VECTORS
#define GROUP(k) x_texel((start + (k)) >> 2)
#else
// Of four elements, those that are in the chunk.
vec4 group(int start, int k, int last) {
    int at = start + k * inner;
    vec4 v = vec4(x_at(at), x_at(at + inner), x_at(at + 2 * inner), x_at(at + 3 * inner));
    return choose(lessThan(k + ivec4(0, 1, 2, 3), ivec4(last)), v, vec4(-np_inf()));
}
#define GROUP(k) group(start, k, last)
#endif
#endif

void main() {
    int i = out_texel(), row = quotient(i, chunks), first = (i - row * chunks) * length;
    int last = min(first + length, n);
#if !MERGE
    int outer = quotient(row, inner), start = outer * n * inner + row - outer * inner;
#endif
    vec4 top = vec4(-np_inf());
    ivec4 bits = ivec4(0);
    for (int k = first; k < last; k += STEP) {
        vec4 v = GROUP(k);
        top = max(top, v);
        bits = max(bits, floatBitsToInt(v) & 0x7fffffff);
    }
    bits = max(bits, bits.zwxy);
    top = max(top, top.zwxy);
    top = max(top, top.yxwz);
    bool finite = abs(top.x) < np_inf();
    // Where nothing is finite yet, the sum is that of no powers.
    vec4 base = finite ? top : vec4(0.0);
    vec4 total = vec4(0.0);
    for (int k = first; k < last; k += STEP) {
        total += POWERS(k, base);
    }
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
