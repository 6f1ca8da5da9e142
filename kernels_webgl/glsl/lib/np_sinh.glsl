vec4 np_sinh(vec4 x) {
    vec4 a = abs(x), z = x * x;
    vec4 p = 2.03721912945e-4 * z + 8.33028376239e-3;
    p = p * z + 1.66667160211e-1;
    vec4 e = np_exp(a), h = np_exp(0.5 * a);
    vec4 far = choose(greaterThan(a, vec4(88.0)), (0.5 * h) * h, 0.5 * e - 0.5 / e);
    far = choose(lessThan(x, vec4(0.0)), -far, far);
    vec4 y = choose(lessThan(a, vec4(1.0)), p * z * x + x, far);
    return choose(np_isnan(x), x, y);
}
