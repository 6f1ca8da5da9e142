vec4 np_exp(vec4 x) {
    vec4 n;
    vec4 p = exp_parts(clamp(x, -104.0, 89.0), n);
    return choose(np_isnan(x), x, scale_exp2(p, ivec4(n)));
}
