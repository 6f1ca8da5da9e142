// The larger one, NaN if either is: max() may drop a NaN.
vec4 np_max(vec4 a, vec4 b) {
    return choose(np_isnan(a), a, choose(np_isnan(b), b, choose(greaterThan(a, b), a, b)));
}
ivec4 np_max(ivec4 a, ivec4 b) {
    return max(a, b);
}
