// e^(x - top) / sum, or x - top - sum with LOG, where `stats` has a texel (top, sum) for each row of
// x along the middle axis of (outer, n, inner); see softmax_stats. ALIGNED: texels lie within rows.
#if ALIGNED
void main() {
    vec4 row = stats_texel(quotient(4 * out_texel(), n)), tops = vec4(row.x), sums = vec4(row.y);
#else
vec4 row_of(int e) {
    int rest = quotient(e, inner), outer = quotient(rest, n);
    return stats_texel(outer * inner + e - rest * inner);
}

void main() {
    int e = 4 * out_texel();
    vec4 a = row_of(e), b = row_of(e + 1), c = row_of(e + 2), d = row_of(e + 3);
    vec4 tops = vec4(a.x, b.x, c.x, d.x), sums = vec4(a.y, b.y, c.y, d.y);
#endif
#if LOG
    vec4 value = x_here() - tops - sums;
#else
    vec4 value = exp_below(x_here() - tops) / sums;
#endif
    result = EPILOGUE(value);
}
