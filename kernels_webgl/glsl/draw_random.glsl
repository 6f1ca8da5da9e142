// Threefry-2x32 with 20 rounds (Salmon et al., 2011): block j's two words are made of the key,
// state.xy, and the counter, state.zw + (j, 0). An element takes a word, or with PAIRS a block.
#if PAIRS
#define LANES uvec4
#else
#define LANES uvec2
#endif

void threefry(inout LANES a, inout LANES b) {
    uvec4 state = uvec4(state_texel(0));
    uvec3 key = uvec3(state.xy, state.x ^ state.y ^ 0x1BD11BDAu);
    a += state.z + key.x;
    b += state.w + key.y;
    for (uint group = 1u; group <= 5u; group++) {
        uvec4 turns = (group & 1u) == 1u ? uvec4(13, 15, 26, 6) : uvec4(17, 29, 16, 24);
        for (int i = 0; i < 4; i++) {
            a += b;
            b = ((b << turns[i]) | (b >> (32u - turns[i]))) ^ a;
        }
        key = key.yzx;
        a += key.x;
        b += key.y + group;
    }
}

#if PAIRS
// The upper words of the products.
uvec4 upper(uvec4 a, uint b) {
    uvec4 a0 = a & 0xffffu, a1 = a >> 16;
    uint b0 = b & 0xffffu, b1 = b >> 16;
    uvec4 middle = a1 * b0 + ((a0 * b0) >> 16);
    return a1 * b1 + (middle >> 16) + ((a0 * b1 + (middle & 0xffffu)) >> 16);
}

// The upper word of a fraction of 64 bits times count.
void main() {
    uint n = uint(count);
    uvec4 a = uint(4 * out_texel()) + uvec4(0, 1, 2, 3), b = uvec4(0);
    threefry(a, b);
    uvec4 product = a * n, sum = product + upper(b, n);
    uvec4 carry = uvec4(lessThan(sum, product));
    result = ivec4(upper(a, n) + carry) + low;
}
#else
uvec4 four_words() {
    uvec2 a = uint(2 * out_texel()) + uvec2(0, 1), b = uvec2(0);
    threefry(a, b);
    return uvec4(a.x, b.x, a.y, b.y);
}

#ifdef BITS
void main() {
    result = ivec4(four_words());
}
#elif defined(UNIFORM)
void main() {
    vec4 u = vec4(four_words() >> 8) * 5.9604644775390625e-8;
    result = min(low + scale * u, most);
}
#else
// A word's highest bit is the sign, the others the chance of a number further out. Each half of
// them is exact as a float.
void main() {
    uvec4 words = four_words();
    vec4 p = vec4((words >> 15) & 0xffffu) * 1.52587890625e-5;
    p += (vec4(words & 0x7fffu) + 0.5) * 4.656612873077392578125e-10;
    vec4 x = 1.0 - p;
#ifdef TRUNCATED_NORMAL
    // The probability to be within two deviations.
    x *= 0.954499736;
    p = 1.0 - x;
#endif
    vec4 z = erfinv_factor(-np_log(p * (1.0 + x))) * x * 1.41421356;
#ifdef TRUNCATED_NORMAL
    z = min(z, 2.0);
#endif
    z = choose(equal(words >> 31, uvec4(0)), z, -z);
    result = low + scale * z;
}
#endif
#endif
