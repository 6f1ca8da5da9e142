// The gradient of a convolution's filters from its parts; see filter_grad_blocks.

vec4 four(int e) {
    int p = quotient(e, out_c), o = e - p * out_c;
    int tap = quotient(p, in_c), c = p - tap * in_c;
    int layer = (c & 3) * 2 + ((o >> 2) & 1);
    vec4 total = vec4(0.0);
    for (int part = 0; part < parts; part++) {
        int block = (part * down + tap) * across + (c >> 2), line = quotient(block, columns);
        vec2 at = vec2(block - line * columns, line * groups + (o >> 3)) + 0.5;
        total += sums_point(vec3(at * sums_unit, layer));
    }
    return total;
}

#if VECTORS
main_by_texel(four)
#else
float one(int e) {
    return four(e)[(e - quotient(e, out_c) * out_c) & 3];
}
main_by_element(one)
#endif
