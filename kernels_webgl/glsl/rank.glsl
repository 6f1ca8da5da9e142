// For each element of x, (rows, n), how many of its row come before it when sorted from large to
// small: larger ones, and equal ones with a smaller index. NaN comes last.
#if FLOAT
bool is_nan(float v) {
    return (floatBitsToInt(v) & 0x7fffffff) > 0x7f800000;
}
#else
bool is_nan(int v) {
    return false;
}
#endif

int rank(int at) {
    int start = quotient(at, n) * n;
    x_ELEM own = x_at(at);
    bool own_nan = is_nan(own);
    int before = 0;
    for (int i = 0; i < n; i++) {
        x_ELEM other = x_at(start + i);
        bool other_nan = is_nan(other);
        bool larger = other_nan ? false : own_nan || other > own;
        bool same = other_nan ? own_nan : !own_nan && other == own;
        if (larger || (same && start + i < at)) before++;
    }
    return before;
}

void main() {
    int i = 4 * out_texel();
    result = ivec4(rank(i), rank(i + 1), rank(i + 2), rank(i + 3));
}
