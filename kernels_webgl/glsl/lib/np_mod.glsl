// The remainder with the sign of b, exact as long as the quotient is below 2^92.
vec4 float_remainder(vec4 a, vec4 b) {
    vec4 r = a, size = abs(b);
    for (int round = 0; round < 4 && any(greaterThanEqual(abs(r), size)); round++) {
        // Quotients up to 2^24 are exact; the rounding of larger ones is left to the next round.
        vec4 low, high = exact_product(trunc(r / b), b, low);
        r = choose(lessThan(abs(r), size), r, (r - high) - low);
    }
    // The division may have rounded across an integer.
    r = choose(lessThan(r * sign(a), vec4(0.0)), r + size * sign(a), r);
    r = choose(greaterThanEqual(abs(r), size), vec4(0.0), r);
    // A finite number modulo infinity is itself.
    return choose(both(np_isinf(b), not(np_isinf(a))), a, r);
}
vec4 np_mod(vec4 a, vec4 b) {
    vec4 r = float_remainder(a, b);
    r = choose(np_isnan(r), vec4(0.0), r);
    r = choose(lessThan(r * sign(b), vec4(0.0)), r + b, r);
    bvec4 nothing = either(equal(b, vec4(0.0)), np_isinf(a));
    r = choose(nothing, vec4(np_nan()), r);
    return choose(np_isnan(a), a, choose(np_isnan(b), b, r));
}
ivec4 np_mod(ivec4 a, ivec4 b) {
    ivec4 r = a - int_quotient(a, b) * b;
    r = choose(both(notEqual(r, ivec4(0)), lessThan(r ^ b, ivec4(0))), r + b, r);
    return choose(equal(b, ivec4(0)), ivec4(0), r);
}
