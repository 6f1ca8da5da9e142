// The depthwise convolution of x with the flat filters w, in blocks, for a window that the kernel
// has written out: LOADS names the filters at each tap, BEFORE says where the pixels are, TAPS walks
// over them.

#if VECTORS
#define FOUR(i) w_texel((i) >> 2)
#else
#define FOUR(i) w_four(i)
#endif
#define LOAD(tap, even, odd) \
    vec4 even = FOUR(first_filter + tap * filters), odd = FOUR(first_filter + tap * filters + 4);
#define PLACE(p, down, across) \
    block = first + (down) * row_of_blocks + (across); line = quotient(block, line_of_blocks); \
    vec2 p = (vec2(block - line * line_of_blocks, line * all_groups + group) + 0.5) * unit;
#define READ(v, p, layer) even = x_point(vec3(p, layer)); odd = x_point(vec3(p, layer + 1.0));
#define READ_IF(v, p, layer, inside) READ(v, p, layer) if (!inside) { even = vec4(0.0); odd = even; }
#define ADD(s, t, f, g) s += even * f; t += odd * g;

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), n = quotient(bands, down);
    int hb = bands - n * down, wb = block - bands * across;
    int y = 2 * hb * stride_h - pad_top, x = 2 * wb * stride_w - pad_left;
    int height = in_h, width = in_w;
    // Uniforms are dear where they are read again and again.
    vec2 unit = x_unit;
    int all_groups = groups, filters = in_c, first_filter = 8 * group;
    int row_of_blocks = in_across, line_of_blocks = in_columns;
    int first = (n * in_down + hb * stride_h) * row_of_blocks + wb * stride_w;
    vec4 even, odd;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    BEFORE
    LOADS
    TAPS
    store_block();
}
