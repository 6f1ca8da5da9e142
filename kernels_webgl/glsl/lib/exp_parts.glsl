// e^x = p 2^n with p = e^r, |r| <= ln(2) / 2; ln(2) is subtracted in two parts to keep r exact.
vec4 exp_parts(vec4 x, out vec4 n) {
    n = floor(x * 1.44269504 + 0.5);
    vec4 r = (x - n * 0.693359375) + n * 2.12194440e-4;
    vec4 p = 1.9875691500e-4 * r + 1.3981999507e-3;
    p = p * r + 8.3334519073e-3;
    p = p * r + 4.1665795894e-2;
    p = p * r + 1.6666665459e-1;
    p = p * r + 5.0000001201e-1;
    return (p * r * r + r) + 1.0;
}
