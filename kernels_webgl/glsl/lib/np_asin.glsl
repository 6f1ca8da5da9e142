vec4 np_asin(vec4 x) {
    vec4 a = abs(x);
    bvec4 far = greaterThan(a, vec4(0.5));
    vec4 y = asin_series(choose(far, np_sqrt(0.5 - 0.5 * a), a));
    y = choose(far, 1.5707963267948966 - 2.0 * y, y);
    return choose(lessThan(x, vec4(0.0)), -y, y);
}
