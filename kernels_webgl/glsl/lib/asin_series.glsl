// asin(x) for |x| <= 1/2.
vec4 asin_series(vec4 x) {
    vec4 z = x * x;
    vec4 p = 4.2163199048e-2 * z + 2.4181311049e-2;
    p = p * z + 4.5470025998e-2;
    p = p * z + 7.4953002686e-2;
    p = p * z + 1.6666752422e-1;
    return p * z * x + x;
}
