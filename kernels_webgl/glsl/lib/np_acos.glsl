vec4 np_acos(vec4 x) {
    vec4 a = abs(x);
    bvec4 far = greaterThan(a, vec4(0.5));
    vec4 y = asin_series(choose(far, np_sqrt(0.5 - 0.5 * a), x));
    vec4 outer = choose(lessThan(x, vec4(0.0)), 3.14159265358979 - 2.0 * y, 2.0 * y);
    return choose(far, outer, 1.5707963267948966 - y);
}
