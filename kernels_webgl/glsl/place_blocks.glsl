// x, in blocks, from line begin_h and column begin_w on; `value` elsewhere and in what channels x
// has not.

#define PIXEL(even, odd, down_by, right_by) { \
    int y = 2 * hb + down_by - begin_h, x = 2 * wb + right_by - begin_w; \
    bool inside = y >= 0 && y < in_h && x >= 0 && x < in_w; \
    read_pixel(even, odd, group, y, x); \
    even = choose(both(first, bvec4(inside)), even, vec4(value)); \
    odd = choose(both(second, bvec4(inside)), odd, vec4(value)); }

void main() {
    this_block();
    ivec4 channels = 8 * group + ivec4(0, 1, 2, 3);
    bvec4 first = lessThan(channels, ivec4(in_c)), second = lessThan(channels + 4, ivec4(in_c));
    vec4 s0, s1, s2, s3, s4, s5, s6, s7;
    PIXEL(s0, s1, 0, 0)
    PIXEL(s2, s3, 0, 1)
    PIXEL(s4, s5, 1, 0)
    PIXEL(s6, s7, 1, 1)
    store_block();
}
