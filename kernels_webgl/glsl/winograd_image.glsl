// B' d B, which is 4 x 4, of the 4 x 4 pixels d of x under each block of results, for 8 channels:
// image p of the result is element p of all of them, four in a block. An element is the sum or
// difference of two rows of the same of two columns.
//
//     B' =  1  0 -1  0      first:  0 1 2 1
//           0  1  1  0      second: 2 2 1 3
//           0 -1  1  0
//           0  1  0 -1

// Pixel i of the four that make an element, 0 outside the image.
#define READ(i, odd) (inside[i] ? x_point(vec3(left[i], top[i], layer[i] + odd)) : vec4(0.0))
#define SUM(odd) \
    ((READ(0, odd) + sign.x * READ(1, odd)) + sign.y * (READ(2, odd) + sign.x * READ(3, odd)))
// The elements of a block of results, and on to the next one.
#define RESULTS(r0, r1) \
    rows = 2 * hb - pad.y + ys; cols = 2 * wb - pad.x + xs; \
    block = (n * image_down + (rows >> 1)).xxyy * image_across + (cols >> 1).xyxy; \
    lines = floor((vec4(block) + 0.5) * inverse); \
    left = (vec4(block) - lines * per_line + 0.5) * unit.x; \
    top = (lines * image_groups + (float(group) + 0.5)) * unit.y; \
    layer = vec4(4 * (rows & 1).xxyy + 2 * (cols & 1).xyxy); \
    row_in = equal(clamp(rows, ivec2(0), ivec2(height - 1)), rows); \
    col_in = equal(clamp(cols, ivec2(0), ivec2(width - 1)), cols); \
    inside = bvec4(row_in.x && col_in.x, row_in.x && col_in.y, row_in.y && col_in.x, row_in.y && col_in.y); \
    r0 = SUM(0.0); r1 = SUM(1.0); \
    if (++wb == blocks_across) { wb = 0; if (++hb == blocks_down) { hb = 0; n++; } }

void main() {
    int row = int(gl_FragCoord.y), place = quotient(row, groups), group = row - place * groups;
    int number = place * columns + int(gl_FragCoord.x), p = quotient(number, across);
    int blocks_across = out_across, blocks_down = out_down;
    int tile = 4 * (number - p * across), bands = quotient(tile, blocks_across);
    int n = quotient(bands, blocks_down), hb = bands - n * blocks_down, wb = tile - bands * blocks_across;
    ivec2 element = ivec2(p & 3, p >> 2);
    ivec2 first = ivec2(equal(element, ivec2(2))) + ivec2(greaterThan(element, ivec2(0)));
    ivec2 second = 2 + ivec2(equal(element, ivec2(3))) - ivec2(equal(element, ivec2(2)));
    ivec2 ys = ivec2(first.y, second.y), xs = ivec2(first.x, second.x), rows, cols;
    vec2 sign = 2.0 * vec2(equal(element, ivec2(1))) - 1.0, unit = x_unit;
    int height = in_h, width = in_w, image_down = in_down, image_across = in_across;
    ivec2 pad = ivec2(pad_left, pad_top);
    float per_line = float(in_columns), inverse = 1.0 / per_line, image_groups = float(in_groups);
    ivec4 block;
    vec4 lines, left, top, layer;
    bvec2 row_in, col_in;
    bvec4 inside;
    RESULTS(result0, result1)
    RESULTS(result2, result3)
    RESULTS(result4, result5)
    RESULTS(result6, result7)
}
