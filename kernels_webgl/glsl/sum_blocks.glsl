// Sums of the pixels of x, which lies in blocks, over `length` blocks at a time: four channels of a
// part of `count` blocks for each texel.

#if ODD
#define KEEP(there, v) (there ? v : vec4(0.0))
#else
#define KEEP(there, v) v
#endif
#define LAYER(n) x_point(vec3(at, layer + n))

void main() {
    int i = out_texel(), p = quotient(i, quads), quad = i - p * quads;
    int image = quotient(p, parts), part = p - image * parts;
    int from = image * count + part * length, end = min(from + length, (image + 1) * count);
    float layer = float(quad & 1);
    vec4 total = vec4(0.0);
    for (int block = from; block < end; block++) {
        int line = quotient(block, in_columns), bands = quotient(block, in_across);
        bool right = 2 * (block - bands * in_across) + 1 < in_w;
        bool below = 2 * (bands - quotient(bands, in_down) * in_down) + 1 < in_h;
        vec2 at = vec2(block - line * in_columns, line * in_groups + (quad >> 1)) + 0.5;
        at *= x_unit;
        total += (LAYER(0.0) + KEEP(right, LAYER(2.0)))
               + (KEEP(below, LAYER(4.0)) + KEEP(below && right, LAYER(6.0)));
    }
    result = total;
}
