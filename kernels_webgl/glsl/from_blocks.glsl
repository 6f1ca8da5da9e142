// The flat elements of the image x, which lies in blocks. SEVERAL: of the images.

// The four channels of a pixel among which element e is.
vec4 four(int e) {
    int p = quotient(e, channels), c = e - p * channels;
    int q = quotient(p, width), x = p - q * width;
#if SEVERAL
    int n = quotient(q, height), y = q - n * height, band = n * down + (y >> 1);
#else
    int y = q, band = y >> 1;
#endif
    int block = band * across + (x >> 1), line = quotient(block, columns);
    vec2 at = vec2(float(block - line * columns), float(line * groups + (c >> 3))) + 0.5;
    return x_point(vec3(at * x_unit, float((((y & 1) * 2 + (x & 1)) << 1) + ((c >> 2) & 1))));
}

#if VECTORS
main_by_texel(four)
#else
float one(int e) {
    return four(e)[(e - quotient(e, channels) * channels) & 3];
}
main_by_element(one)
#endif
