// |a|^b as 2^(b * log2 |a|) with the logarithm in two parts: an error of the logarithm is
// multiplied by the exponent.
vec4 positive_pow(vec4 a, vec4 b) {
    vec4 e;
    vec4 f = split_exp2(a, e) - 1.0;
    // log(1 + f) = f - f^2 / 2 + ...; the first two terms as an exact sum of high and low.
    vec4 f1 = intBitsToFloat(floatBitsToInt(f) & ~0xfff), f2 = f - f1;
    vec4 half_square = 0.5 * f1 * f1;
    vec4 high = f - half_square;
    vec4 low = ((f - high) - half_square) - 0.5 * f2 * (f + f1) + log1p_series(f);
    // To base 2, with log2(e) = 1.4423828125 + 3.1222834e-4.
    vec4 rest;
    vec4 top = exact_product(high, vec4(1.4423828125), rest);
    rest += low * 1.44269504 + high * 3.12228369e-4;
    vec4 sum = e + top;
    vec4 tail = choose(equal(e, vec4(0.0)), vec4(0.0), (e - sum) + top) + rest;
    vec4 product_low;
    vec4 product = exact_product(sum, b, product_low);
    product_low += tail * b;
    // Away from where everything over- or underflows anyway, 2^(product + product_low).
    bvec4 extreme = greaterThan(abs(product), vec4(160.0));
    vec4 y = choose(extreme, vec4(0.0), product);
    vec4 n = floor(y + 0.5);
    vec4 r = ((y - n) + choose(extreme, vec4(0.0), product_low)) * 0.693147181;
    vec4 p = np_expm1(r) + 1.0;
    vec4 result = scale_exp2(p, ivec4(n));
    return choose(extreme, choose(greaterThan(product, vec4(0.0)), vec4(np_inf()), vec4(0.0)), result);
}
vec4 np_pow(vec4 a, vec4 b) {
    vec4 x = abs(a);
    vec4 y = positive_pow(x, b);
    // Small whole powers by multiplying: what is exact should stay exact.
    y = choose(equal(b, vec4(1.0)), x, y);
    y = choose(equal(b, vec4(2.0)), x * x, y);
    y = choose(equal(b, vec4(3.0)), x * x * x, y);
    y = choose(equal(b, vec4(-1.0)), 1.0 / x, y);
    y = choose(equal(b, vec4(0.5)), np_sqrt(x), y);
    bvec4 rising = greaterThan(b, vec4(0.0));
    vec4 nothing = vec4(0.0), infinite = vec4(np_inf());
    y = choose(equal(x, nothing), choose(rising, nothing, infinite), y);
    y = choose(np_isinf(x), choose(rising, infinite, nothing), y);
    bvec4 grows = equal(greaterThan(x, vec4(1.0)), rising);
    y = choose(np_isinf(b), choose(grows, infinite, nothing), y);
    bvec4 whole = equal(b, floor(b));
    bvec4 odd = both(whole, both(notEqual(b * 0.5, floor(b * 0.5)), lessThan(abs(b), vec4(16777216.0))));
    bvec4 minus = lessThan(floatBitsToInt(a), ivec4(0));
    y = choose(both(minus, odd), -y, y);
    bvec4 undefined = both(lessThan(a, nothing), both(not(whole), not(np_isinf(a))));
    y = choose(undefined, vec4(np_nan()), y);
    y = choose(np_isnan(a), a, choose(np_isnan(b), b, y));
    bvec4 one = either(either(equal(b, nothing), equal(a, vec4(1.0))), both(np_isinf(b), equal(x, vec4(1.0))));
    // A comparison with NaN may hold on drivers that assume there is none.
    bvec4 sure = either(both(not(np_isnan(a)), not(np_isnan(b))), either(both(np_isnan(a), equal(b, nothing)), both(np_isnan(b), equal(a, vec4(1.0)))));
    return choose(both(one, sure), vec4(1.0), y);
}
// By squaring, modulo 2^32; a negative exponent gives the truncated fraction.
ivec4 np_pow(ivec4 a, ivec4 b) {
    ivec4 y = ivec4(1), square = a, n = b;
    for (int i = 0; i < 31; i++) {
        y = choose(notEqual(n & 1, ivec4(0)), y * square, y);
        square *= square;
        n >>= 1;
    }
    ivec4 odd = b & 1;
    ivec4 fraction = choose(equal(a, ivec4(1)), ivec4(1), choose(equal(a, ivec4(-1)), 1 - 2 * odd, ivec4(0)));
    return choose(lessThan(b, ivec4(0)), fraction, y);
}
