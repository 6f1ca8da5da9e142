// log(1 + exp(x)) without overflow, and accurate for large -x.
vec4 np_softplus(vec4 x) {
    return np_max(x, vec4(0.0)) + np_log1p(np_exp(-abs(x)));
}
