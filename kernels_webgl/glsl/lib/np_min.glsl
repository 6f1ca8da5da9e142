// The smaller one, NaN if either is: min() may drop a NaN.
vec4 np_min(vec4 a, vec4 b) {
    return choose(np_isnan(a), a, choose(np_isnan(b), b, choose(lessThan(a, b), a, b)));
}
ivec4 np_min(ivec4 a, ivec4 b) {
    return min(a, b);
}
