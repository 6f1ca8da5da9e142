// NaN stays NaN.
vec4 np_sign(vec4 x) {
    return choose(np_isnan(x), x, sign(x));
}
