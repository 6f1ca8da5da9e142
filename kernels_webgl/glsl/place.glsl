// x at begin + i * steps of each axis, `value` elsewhere. RANK axes; with VECTOR the last axis
// counts texels.
int source(int at) {
    int shapes[RANK] = shape, begins[RANK] = begin, step[RANK] = steps, sizes[RANK] = size;
    int index = 0, stride = 1;
    bool inside = true;
    for (int axis = RANK - 1; axis >= 0; axis--) {
        int outer = at / shapes[axis];
        int t = at - outer * shapes[axis] - begins[axis];
        int i = t / step[axis];
        inside = inside && i * step[axis] == t && i >= 0 && i < sizes[axis];
        index += i * stride;
        stride *= sizes[axis];
        at = outer;
    }
    return inside ? index : -1;
}

#if VECTOR
void main() {
    int i = source(out_texel());
    result = i < 0 ? VEC(value) : x_texel(i);
}
#else
ELEM element(int at) {
    int i = source(at);
    return i < 0 ? ELEM(value) : x_at(i);
}

void main() {
    int i = 4 * out_texel();
    result = VEC(element(i), element(i + 1), element(i + 2), element(i + 3));
}
#endif
