// e^x for x <= 0, at half the price of np_exp: NaN gives anything, and what would be denormal is 0.
vec4 exp_below(vec4 x) {
    vec4 n;
    vec4 p = exp_parts(max(x, -88.0), n);
    return p * exp2_int(ivec4(n));
}
