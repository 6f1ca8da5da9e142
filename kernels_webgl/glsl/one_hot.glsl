// `on` where the position along the last axis is the index, `off` elsewhere.
ELEM element(int at) {
    int row = quotient(at, depth);
    return indices_at(row) == at - row * depth ? ELEM(on) : ELEM(off);
}

void main() {
    int i = 4 * out_texel();
    result = VEC(element(i), element(i + 1), element(i + 2), element(i + 3));
}
