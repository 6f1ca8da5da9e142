// e^x = 2^n e^r with |r| <= ln(2) / 2; ln(2) is subtracted in two parts to keep r exact.
vec4 np_exp(vec4 x) {
    vec4 y = clamp(x, -104.0, 89.0);
    vec4 n = floor(y * 1.44269504 + 0.5);
    vec4 r = (y - n * 0.693359375) + n * 2.12194440e-4;
    vec4 p = 1.9875691500e-4 * r + 1.3981999507e-3;
    p = p * r + 8.3334519073e-3;
    p = p * r + 4.1665795894e-2;
    p = p * r + 1.6666665459e-1;
    p = p * r + 5.0000001201e-1;
    p = (p * r * r + r) + 1.0;
    return choose(np_isnan(x), x, scale_exp2(p, ivec4(n)));
}
