vec4 np_floor_divide(vec4 a, vec4 b) {
    // a - mod(a, b) is a multiple of b up to rounding, so the quotient is next to an integer.
    vec4 q = floor((a - np_mod(a, b)) / b + 0.5);
    return choose(either(equal(b, vec4(0.0)), np_isinf(b)), floor(a / b), q);
}
ivec4 np_floor_divide(ivec4 a, ivec4 b) {
    ivec4 q = int_quotient(a, b);
    bvec4 below = both(notEqual(a - q * b, ivec4(0)), lessThan(a ^ b, ivec4(0)));
    q = choose(below, q - 1, q);
    return choose(equal(b, ivec4(0)), ivec4(0), q);
}
