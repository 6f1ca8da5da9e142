// Near zero the series directly: 1 + x would lose the digits of x.
vec4 np_log1p(vec4 x) {
    bvec4 near = both(greaterThan(x, vec4(-0.29)), lessThan(x, vec4(0.41)));
    return choose(near, x + (log1p_series(x) - 0.5 * x * x), np_log(1.0 + x));
}
