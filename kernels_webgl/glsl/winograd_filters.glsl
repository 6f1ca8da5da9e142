// Texel (c, p * quads + o): G w G', which is 4 x 4, at p, of the 3 x 3 filters 4 o ... 4 o + 3 of
// input channel c.

// Row i of G.
vec3 factors(int i) {
    return i == 0 ? vec3(1.0, 0.0, 0.0) : i == 3 ? vec3(0.0, 0.0, 1.0) : vec3(0.5, i == 1 ? 0.5 : -0.5, 0.5);
}

void main() {
    int c = int(gl_FragCoord.x), row = int(gl_FragCoord.y), p = quotient(row, quads);
    int i = c * quads + row - p * quads, tap = inputs * quads;
    vec3 down = factors(p >> 2), across = factors(p & 3);
    result = vec4(0.0);
    for (int ky = 0; ky < 3; ky++) {
        for (int kx = 0; kx < 3; kx++) {
            float factor = down[ky] * across[kx];
            if (factor != 0.0) result += factor * w_texel(i);
            i += tap;
        }
    }
}
