vec4 np_atanh(vec4 x) {
    vec4 a = abs(x);
    vec4 y = 0.5 * np_log1p(2.0 * a / (1.0 - a));
    y = choose(equal(a, vec4(1.0)), vec4(np_inf()), choose(greaterThan(a, vec4(1.0)), vec4(np_nan()), y));
    return choose(np_isnan(x), x, choose(lessThan(x, vec4(0.0)), -y, y));
}
