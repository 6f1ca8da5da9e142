// -inf at zero, NaN below.
vec4 np_log(vec4 x) {
    vec4 e;
    vec4 f = split_exp2(x, e) - 1.0;
    vec4 y = (log1p_series(f) - e * 2.12194440e-4) - 0.5 * f * f;
    y = (f + y) + e * 0.693359375;
    ivec4 bits = floatBitsToInt(x);
    y = choose(equal(bits & 0x7fffffff, ivec4(0)), vec4(-np_inf()), y);
    y = choose(lessThan(x, vec4(0.0)), vec4(np_nan()), y);
    // inf and NaN are their own logarithms; the sign of a NaN says nothing.
    bvec4 itself = either(np_isnan(x), equal(bits, ivec4(0x7f800000)));
    return choose(itself, x, y);
}
