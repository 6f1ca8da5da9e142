// A series near zero; elsewhere through exp, which may overflow harmlessly.
vec4 np_tanh(vec4 x) {
    vec4 z = x * x;
    vec4 p = -5.70498872745e-3 * z + 2.06390887954e-2;
    p = p * z - 5.37397155531e-2;
    p = p * z + 1.33314422036e-1;
    p = p * z - 3.33332819422e-1;
    vec4 far = 1.0 - 2.0 / (np_exp(2.0 * abs(x)) + 1.0);
    vec4 y = choose(lessThan(abs(x), vec4(0.625)), p * z * x + x, choose(lessThan(x, vec4(0.0)), -far, far));
    return choose(np_isnan(x), x, y);
}
