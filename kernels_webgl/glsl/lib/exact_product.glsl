// a * b as high + low, exactly (for moderate sizes): both are split into halves of 12 bits.
vec4 exact_product(vec4 a, vec4 b, out vec4 low) {
    vec4 a1 = intBitsToFloat(floatBitsToInt(a) & ~0xfff), a2 = a - a1;
    vec4 b1 = intBitsToFloat(floatBitsToInt(b) & ~0xfff), b2 = b - b1;
    vec4 high = a * b;
    low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2;
    return high;
}
