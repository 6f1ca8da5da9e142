vec4 np_cos(vec4 x) {
    ivec4 n;
    vec4 s, c;
    sin_cos_series(quadrant(x, n), s, c);
    vec4 y = choose(equal(n & 1, ivec4(0)), c, s);
    y = choose(equal((n + 1) & 2, ivec4(0)), y, -y);
    return choose(either(np_isnan(x), np_isinf(x)), vec4(np_nan()), y);
}
