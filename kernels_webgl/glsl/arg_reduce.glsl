// The index of the first best element along the middle axis of x, (outer, n, inner). BETTER(a, b)
// tells whether a beats b; NaN beats everything.
#if FLOAT
bool is_nan(float v) {
    return (floatBitsToInt(v) & 0x7fffffff) > 0x7f800000;
}
#else
bool is_nan(int v) {
    return false;
}
#endif

int best(int i) {
    int outer = quotient(i, inner), start = outer * n * inner + i - outer * inner;
    x_ELEM top = x_at(start);
    bool top_nan = is_nan(top);
    int found = 0;
    for (int k = 1; k < n; k++) {
        x_ELEM v = x_at(start + k * inner);
        bool v_nan = is_nan(v);
        if (!top_nan && (v_nan || BETTER(v, top))) {
            top = v;
            top_nan = v_nan;
            found = k;
        }
    }
    return found;
}

void main() {
    int i = 4 * out_texel();
    result = ivec4(best(i), best(i + 1), best(i + 2), best(i + 3));
}
