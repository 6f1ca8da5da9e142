// The image, in blocks, whose classes of pixels (see gradients._Spread) are the channels of x.

#define PIXEL(even, odd, down_by, right_by) { \
    int y = 2 * hb + down_by + first_h, x = 2 * wb + right_by + first_w; \
    int cy = y / stride_h, cx = x / stride_w; \
    int from = ((y - cy * stride_h) * stride_w + x - cx * stride_w) * groups + group; \
    read_pixel(even, odd, from, cy, cx); }

void main() {
    this_block();
    vec4 s0, s1, s2, s3, s4, s5, s6, s7;
    PIXEL(s0, s1, 0, 0)
    PIXEL(s2, s3, 0, 1)
    PIXEL(s4, s5, 1, 0)
    PIXEL(s6, s7, 1, 1)
    store_block();
}
