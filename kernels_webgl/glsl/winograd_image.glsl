// B' d B, which is 4 x 4, of the 4 x 4 pixels d of x under each block of results, for 8 channels:
// image p of the result is element p of all of them, four in a block. An element is the sum or
// difference of two rows of the same of two columns.
//
//     B' =  1  0 -1  0      first:  0 1 2 1
//           0  1  1  0      second: 2 2 1 3
//           0 -1  1  0
//           0  1  0 -1

// Adds a pixel of the block of results at hand, `scale` times.
#define ADD(down, across, scale) \
    q = corner + ivec2(across, down); \
    if (q.x >= 0 && q.x < width && q.y >= 0 && q.y < height) { \
        block = (n * in_down + (q.y >> 1)) * row_of_blocks + (q.x >> 1); \
        line = quotient(block, line_of_blocks); \
        at = vec2(block - line * line_of_blocks, line * in_groups + group) + 0.5; \
        layer = float(4 * (q.y & 1) + 2 * (q.x & 1)); \
        even += scale * x_point(vec3(at * unit, layer)); \
        odd += scale * x_point(vec3(at * unit, layer + 1.0)); \
    }
#define RESULTS(tile, r0, r1) \
    bands = quotient(tile, out_across); n = quotient(bands, out_down); \
    corner = 2 * ivec2(tile - bands * out_across, bands - n * out_down) - ivec2(pad_left, pad_top); \
    even = odd = vec4(0.0); \
    ADD(first.y, first.x, 1.0) \
    ADD(first.y, second.x, sign.x) \
    ADD(second.y, first.x, sign.y) \
    ADD(second.y, second.x, sign.x * sign.y) \
    r0 = even; r1 = odd;

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x), p = quotient(block, across);
    int tile = 4 * (block - p * across), bands, n;
    ivec2 element = ivec2(p & 3, p >> 2), corner, q;
    ivec2 first = ivec2(equal(element, ivec2(2))) + ivec2(greaterThan(element, ivec2(0)));
    ivec2 second = 2 + ivec2(equal(element, ivec2(3))) - ivec2(equal(element, ivec2(2)));
    vec2 sign = 2.0 * vec2(equal(element, ivec2(1))) - 1.0, unit = x_unit, at;
    int height = in_h, width = in_w, row_of_blocks = in_across, line_of_blocks = in_columns;
    float layer;
    vec4 even, odd;
    RESULTS(tile, result0, result1)
    RESULTS(tile + 1, result2, result3)
    RESULTS(tile + 2, result4, result5)
    RESULTS(tile + 3, result6, result7)
}
