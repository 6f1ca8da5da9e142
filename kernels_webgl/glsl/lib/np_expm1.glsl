// The series without its 1 near zero, where the difference would lose every digit.
vec4 np_expm1(vec4 x) {
    vec4 p = 1.9875691500e-4 * x + 1.3981999507e-3;
    p = p * x + 8.3334519073e-3;
    p = p * x + 4.1665795894e-2;
    p = p * x + 1.6666665459e-1;
    p = p * x + 5.0000001201e-1;
    return choose(lessThan(abs(x), vec4(0.35)), p * x * x + x, np_exp(x) - 1.0);
}
