vec4 np_tan(vec4 x) {
    ivec4 n;
    vec4 s, c;
    sin_cos_series(quadrant(x, n), s, c);
    vec4 y = choose(equal(n & 1, ivec4(0)), s / c, -c / s);
    return choose(either(np_isnan(x), np_isinf(x)), vec4(np_nan()), y);
}
