// The image, in blocks, whose classes of pixels (see gradients._Spread) are the channels of x.

#define PIXEL(even, odd, down_by, right_by) { \
    int y = 2 * hb + down_by + first_h, x = 2 * wb + right_by + first_w; \
    int cy = y / stride_h, cx = x / stride_w; \
    int from = ((y - cy * stride_h) * stride_w + x - cx * stride_w) * groups + group; \
    int there = (n * in_down + (cy >> 1)) * in_across + (cx >> 1), stands = quotient(there, in_columns); \
    vec2 at = (vec2(there - stands * in_columns, stands * in_groups + from) + 0.5) * x_unit; \
    float layer = float((cy & 1) * 4 + (cx & 1) * 2); \
    even = x_point(vec3(at, layer)); \
    odd = x_point(vec3(at, layer + 1.0)); }

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), wb = block - bands * across;
    int n = quotient(bands, down), hb = bands - n * down;
    vec4 s0, s1, s2, s3, s4, s5, s6, s7;
    PIXEL(s0, s1, 0, 0)
    PIXEL(s2, s3, 0, 1)
    PIXEL(s4, s5, 1, 0)
    PIXEL(s6, s7, 1, 1)
    store_block();
}
