// Towards zero; what int32 cannot hold becomes the nearest it can, NaN becomes 0.
ivec4 float_to_int(vec4 x) {
    x = choose(np_isnan(x), vec4(0.0), x);
    bvec4 above = greaterThanEqual(x, vec4(2147483648.0)), below = lessThan(x, vec4(-2147483648.0));
    ivec4 inside = ivec4(choose(either(above, below), vec4(0.0), x));
    return choose(above, ivec4(2147483647), choose(below, ivec4(-2147483647 - 1), inside));
}
