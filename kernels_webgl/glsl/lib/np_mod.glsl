// The remainder with the sign of b. The quotient is exact up to 2^24, so the remainder is too.
vec4 float_remainder(vec4 a, vec4 b) {
    vec4 low, q = trunc(a / b);
    vec4 high = exact_product(q, b, low);
    vec4 r = (a - high) - low;
    // The division may have rounded up or down across an integer.
    r = choose(both(lessThan(r * a, vec4(0.0)), notEqual(q, vec4(0.0))), r + abs(b) * sign(a), r);
    r = choose(greaterThanEqual(abs(r), abs(b)), r - abs(b) * sign(r), r);
    // A finite number modulo infinity is itself.
    return choose(both(np_isinf(b), not(np_isinf(a))), a, r);
}
vec4 np_mod(vec4 a, vec4 b) {
    vec4 r = float_remainder(a, b);
    r = choose(lessThan(r * b, vec4(0.0)), r + b, r);
    bvec4 nothing = either(equal(b, vec4(0.0)), np_isinf(a));
    r = choose(nothing, vec4(np_nan()), r);
    return choose(np_isnan(a), a, choose(np_isnan(b), b, r));
}
ivec4 np_mod(ivec4 a, ivec4 b) {
    ivec4 r = a - int_quotient(a, b) * b;
    r = choose(both(notEqual(r, ivec4(0)), lessThan(r ^ b, ivec4(0))), r + b, r);
    return choose(equal(b, ivec4(0)), ivec4(0), r);
}
