vec4 np_floor_divide(vec4 a, vec4 b) {
    // a - mod(a, b) is a multiple of b up to rounding, so the quotient is next to an integer.
    vec4 q = floor((a - np_mod(a, b)) / b + 0.5);
    q = choose(equal(b, vec4(0.0)), floor(a / b), q);
    // A small negative quotient rounds down to -1, however large b is.
    vec4 far = choose(lessThan(sign(a) * sign(b), vec4(0.0)), vec4(-1.0), vec4(0.0));
    q = choose(np_isinf(b), choose(either(np_isinf(a), np_isnan(a)), vec4(np_nan()), far), q);
    return q;
}
ivec4 np_floor_divide(ivec4 a, ivec4 b) {
    ivec4 q = int_quotient(a, b);
    bvec4 below = both(notEqual(a - q * b, ivec4(0)), lessThan(a ^ b, ivec4(0)));
    q = choose(below, q - 1, q);
    return choose(equal(b, ivec4(0)), ivec4(0), q);
}
