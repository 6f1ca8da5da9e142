// p * 2^k in two steps, so that only the product overflows or underflows.
vec4 scale_exp2(vec4 p, ivec4 k) {
    ivec4 first = k >> 1;
    return p * exp2_int(first) * exp2_int(k - first);
}
