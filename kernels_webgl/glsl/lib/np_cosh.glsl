// exp(x / 2) squared, since exp(x) overflows before cosh(x) does.
vec4 np_cosh(vec4 x) {
    vec4 e = np_exp(abs(x));
    vec4 h = np_exp(0.5 * abs(x));
    return choose(greaterThan(abs(x), vec4(88.0)), (0.5 * h) * h, 0.5 * e + 0.5 / e);
}
