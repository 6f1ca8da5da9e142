// The flat elements of the image x, which lies in blocks.
void main() {
    int e = 4 * out_texel();
    int p = quotient(e, channels), c = e - p * channels;
    int q = quotient(p, width), x = p - q * width;
    int n = quotient(q, height), y = q - n * height;
    int block = (n * down + (y >> 1)) * across + (x >> 1), line = quotient(block, columns);
    vec2 at = vec2(float(block - line * columns), float(line * groups + (c >> 3))) + 0.5;
    vec4 value = x_point(vec3(at * x_unit, float((((y & 1) * 2 + (x & 1)) << 1) + ((c >> 2) & 1))));
    result = EPILOGUE(value);
}
