// The gradient of a convolution's filters, in parts: each fragment sums x * dy over some rows of
// blocks of dy, for one tap (a row of blocks), four input channels (a column) and eight output
// channels (a group). Layer 2 * i + k: input channel i, the first or second four output channels.

// Four channels of a pixel of x, zeros outside.
vec4 pixel(int n, int y, int x, int quad) {
    if (y < 0 || y >= in_h || x < 0 || x >= in_w) return vec4(0.0);
#if IN_BLOCKS
    int block = (n * in_down + (y >> 1)) * in_across + (x >> 1), line = quotient(block, in_columns);
    vec2 at = vec2(block - line * in_columns, line * in_groups + (quad >> 1)) + 0.5;
    return x_point(vec3(at * x_unit, (y & 1) * 4 + (x & 1) * 2 + (quad & 1)));
#elif IN_RGBA
    return x_point((vec2(x, n * in_h + y) + 0.5) * x_unit);
#else
    int i = ((n * in_h + y) * in_w + x) * in_c + 4 * quad;
#if VECTORS
    return x_texel(i >> 2);
#else
    return vec4(x_at(i), x_at(i + 1), x_at(i + 2), x_at(i + 3));
#endif
#endif
}

#if ODD
#define KEEP(there, v) (there ? v : vec4(0.0))
#else
#define KEEP(there, v) v
#endif
// What one of the four pixels of a block of dy adds.
#define TAKE(there, layer, top, left) { \
    vec4 v = KEEP(there, pixel(n, top, left, quad)); \
    vec4 a = KEEP(there, dy_point(vec3(at, layer))), b = KEEP(there, dy_point(vec3(at, layer + 1.0))); \
    s0 += v.x * a; s1 += v.x * b; s2 += v.y * a; s3 += v.y * b; \
    s4 += v.z * a; s5 += v.z * b; s6 += v.w * a; s7 += v.w * b; }

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), quad = block - bands * across;
    int part = quotient(bands, down), tap = bands - part * down;
    int down_tap = quotient(tap, kernel_w);
    int shift_y = down_tap * dilation_h - pad_top;
    int shift_x = (tap - down_tap * kernel_w) * dilation_w - pad_left;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    int end = min((part + 1) * rows, all_rows);
    for (int r = part * rows; r < end; r++) {
        int n = quotient(r, dy_down), hb = r - n * dy_down;
        int y = 2 * hb * stride_h + shift_y;
        bool below = 2 * hb + 1 < dy_h;
        for (int wb = 0; wb < dy_across; wb++) {
            int given = r * dy_across + wb, stands = quotient(given, dy_columns);
            vec2 at = (vec2(given - stands * dy_columns, stands * dy_groups + group) + 0.5) * dy_unit;
            int x = 2 * wb * stride_w + shift_x;
            bool right = 2 * wb + 1 < dy_w;
            TAKE(true, 0.0, y, x)
            TAKE(right, 2.0, y, x + stride_w)
            TAKE(below, 4.0, y + stride_h, x)
            TAKE(below && right, 6.0, y + stride_h, x + stride_w)
        }
    }
    result0 = s0;
    result1 = s1;
    result2 = s2;
    result3 = s3;
    result4 = s4;
    result5 = s5;
    result6 = s6;
    result7 = s7;
}
