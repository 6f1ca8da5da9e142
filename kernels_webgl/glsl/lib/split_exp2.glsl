// x = m * 2^e with m in [sqrt(1/2), sqrt(2)), for positive finite x; denormals too.
vec4 split_exp2(vec4 x, out vec4 e) {
    ivec4 bits = floatBitsToInt(x);
    bvec4 denormal = lessThan(bits, ivec4(0x00800000));
    bits = choose(denormal, floatBitsToInt(vec4(bits)), bits);
    ivec4 k = (bits - 0x3f3504f3) >> 23;
    e = vec4(k - choose(denormal, ivec4(149), ivec4(0)));
    return intBitsToFloat(bits - (k << 23));
}
