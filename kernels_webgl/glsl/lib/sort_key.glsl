// An int with the order of v, or the reverse order; NaN comes last in both.
int sort_key(float v, bool reverse) {
    int bits = floatBitsToInt(v), size = bits & 0x7fffffff;
    return size > 0x7f800000 ? 0x7fffffff : (bits < 0) != reverse ? -size : size;
}
int sort_key(int v, bool reverse) {
    return reverse ? ~v : v;
}
