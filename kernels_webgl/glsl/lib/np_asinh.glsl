// For large x, whose square would overflow, log(2 x).
vec4 np_asinh(vec4 x) {
    vec4 a = abs(x);
    bvec4 large = greaterThan(a, vec4(1e9));
    vec4 b = choose(large, vec4(1.0), a);
    vec4 near = np_log1p(b + b * b / (1.0 + sqrt(b * b + 1.0)));
    vec4 y = choose(large, np_log(a) + 0.69314718, near);
    return choose(np_isnan(x), x, choose(lessThan(x, vec4(0.0)), -y, y));
}
