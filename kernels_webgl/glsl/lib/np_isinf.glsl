bvec4 np_isinf(vec4 x) {
    return equal(floatBitsToInt(x) & 0x7fffffff, ivec4(0x7f800000));
}
