// Slices of x, (batch, lines, n, inner), along n at `indices`, `count` for each batch; zeros for an
// index outside. With VECTOR inner counts texels.
int source(int i) {
    int rest = quotient(i, inner), line = quotient(rest, count), column = rest - line * count;
#if BATCHED
    column += quotient(line, lines) * count;
#endif
    int picked = indices_at(column);
    bool inside = picked >= 0 && picked < n;
    return inside ? (line * n + picked) * inner + (i - rest * inner) : -1;
}

#if VECTOR
void main() {
    int i = source(out_texel());
    VEC value = i < 0 ? VEC(0) : x_texel(i);
    result = EPILOGUE(value);
}
#else
ELEM element(int at) {
    int i = source(at);
    return i < 0 ? ELEM(0) : x_at(i);
}

void main() {
    int i = 4 * out_texel();
    VEC value = VEC(element(i), element(i + 1), element(i + 2), element(i + 3));
    result = EPILOGUE(value);
}
#endif
