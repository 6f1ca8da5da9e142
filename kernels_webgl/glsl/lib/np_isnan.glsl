// By the bits: drivers assume that x == x.
bvec4 np_isnan(vec4 x) {
    return greaterThan(floatBitsToInt(x) & 0x7fffffff, ivec4(0x7f800000));
}
