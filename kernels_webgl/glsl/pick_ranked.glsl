// Element (row, r) of the results: the value and the index of what has rank r in its row of n.
int find(int at) {
    int row = quotient(at, k), wanted = at - row * k;
    for (int i = 0; i < n; i++) {
        if (ranks_at(row * n + i) == wanted) return row * n + i;
    }
    return 0;
}

void main() {
    int i = 4 * out_texel();
    ivec4 at = ivec4(find(i), find(i + 1), find(i + 2), find(i + 3));
    result0 = VEC(x_at(at.x), x_at(at.y), x_at(at.z), x_at(at.w));
    result1 = at - at / n * n;
}
