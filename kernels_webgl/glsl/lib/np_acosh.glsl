vec4 np_acosh(vec4 x) {
    bvec4 large = greaterThan(x, vec4(1e9));
    vec4 t = choose(large, vec4(1.0), x - 1.0);
    vec4 y = choose(large, np_log(x) + 0.69314718, np_log1p(t + np_sqrt(2.0 * t + t * t)));
    return choose(lessThan(x, vec4(1.0)), vec4(np_nan()), y);
}
