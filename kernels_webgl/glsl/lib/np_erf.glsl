// A series inside [-1, 1]; outside, one minus a series in 1 / x^2 times exp(-x^2).
vec4 np_erf(vec4 x) {
    vec4 z = x * x;
    vec4 t = 7.853861353153693e-5 * z - 8.010193625184903e-4;
    t = t * z + 5.188327685732524e-3;
    t = t * z - 2.685381193529856e-2;
    t = t * z + 1.128358514861418e-1;
    t = t * z - 3.761262582423300e-1;
    t = t * z + 1.128379165726710;
    // Past 4 the result is 1; a huge square would make 0 * inf.
    vec4 a = min(abs(x), 4.0), q = 1.0 / a, y = q * q;
    vec4 p = 2.326819970068386e-2 * y - 1.387039388740657e-1;
    p = p * y + 3.687424674597105e-1;
    p = p * y - 5.824733027278666e-1;
    p = p * y + 6.210004621745983e-1;
    p = p * y - 4.944515323274145e-1;
    p = p * y + 3.404879937665872e-1;
    p = p * y - 2.741127028184656e-1;
    p = p * y + 5.638259427386472e-1;
    vec4 r = -1.047766399936249e+1 * y + 1.297719955372516e+1;
    r = r * y - 7.495518717768503;
    r = r * y + 2.921019019210786;
    r = r * y - 1.015265279202700;
    r = r * y + 4.218463358204948e-1;
    r = r * y - 2.820767439740514e-1;
    r = r * y + 5.641895067754075e-1;
    vec4 far = 1.0 - np_exp(-a * a) * q * choose(lessThan(a, vec4(2.0)), p, r);
    far = choose(lessThan(x, vec4(0.0)), -far, far);
    vec4 result = choose(lessThan(abs(x), vec4(1.0)), x * t, far);
    return choose(np_isnan(x), x, result);
}
