// The convolution of x (in blocks, or in rgba with RGBA_CHANNELS) with the packed filters w, to
// blocks, for a window that the kernel has written out: BEFORE says where its pixels are, READS
// reads them for a few input channels, TAPS multiplies. s0 ... s7 are the sums, by layer.

#if RGBA_CHANNELS
#define AT(c, r) x_point(corner + vec2(c, r) * unit)
#define READ(v, c, r) vec4 v = AT(c, r);
#define READ_IF(v, c, r, inside) vec4 v = inside ? AT(c, r) : vec4(0.0);
#else
// The first channels of block `down` rows and `across` columns from the first one.
#if SAME_PLACE
#define PLACE(p, down, across) \
    vec2 p = vec2(gl_FragCoord.x, float(line * in_groups) + 0.5) * unit;
#else
#define PLACE(p, down, across) \
    block = first + (down) * row_of_blocks + (across); line = quotient(block, line_of_blocks); \
    vec2 p = (vec2(block - line * line_of_blocks, line * in_groups) + 0.5) * unit;
#endif
#define AT(p, layer) KEEP(x_point(vec3(p.x, p.y + y_step, layer + odd)))
#define READ(v, p, layer) vec4 v = AT(p, layer);
#define READ_IF(v, p, layer, inside) vec4 v = inside ? AT(p, layer) : vec4(0.0);
#endif

// With REST the last four channels are not all there: KEEP takes those that are.
#if REST
#define FROM(c) bvec4 there = lessThan(ivec4(c) + ivec4(0, 1, 2, 3), ivec4(channels));
#define KEEP(v) choose(there, v, vec4(0.0))
#else
#define FROM(c)
#define KEEP(v) v
#endif

// The filters of the input channels at hand as the columns of a matrix, to be multiplied with that
// many channels of a pixel.
#if RGBA_CHANNELS == 1
#define MATRIX vec4
#define FILTERS(at) w_point(at)
#define CHANNELS(v) v.x
#elif RGBA_CHANNELS == 2
#define MATRIX mat2x4
#define FILTERS(at) mat2x4(w_point(at), w_point(at + step1))
#define CHANNELS(v) v.xy
#elif RGBA_CHANNELS == 3
#define MATRIX mat3x4
#define FILTERS(at) mat3x4(w_point(at), w_point(at + step1), w_point(at + step2))
#define CHANNELS(v) v.xyz
#else
#define MATRIX mat4
#define FILTERS(at) mat4(w_point(at), w_point(at + step1), w_point(at + step2), w_point(at + step3))
#define CHANNELS(v) v
#endif

// The four pixels under one tap times its filters.
#define TAP(tap, v0, v1, v2, v3) \
    at.y = w_top + tap * w_tap; m = FILTERS(at); \
    s0 += m * CHANNELS(v0); s2 += m * CHANNELS(v1); s4 += m * CHANNELS(v2); s6 += m * CHANNELS(v3); \
    at.y += w_next; m = FILTERS(at); \
    s1 += m * CHANNELS(v0); s3 += m * CHANNELS(v1); s5 += m * CHANNELS(v2); s7 += m * CHANNELS(v3);

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    // Uniforms are dear where they are read again and again.
    vec2 unit = x_unit, step1 = vec2(w_unit.x, 0.0), step2 = 2.0 * step1, step3 = 3.0 * step1;
    vec2 at = vec2(0.5 * step1.x, 0.0);
    float w_next = w_unit.y, w_top = (float(2 * group) + 0.5) * w_next;
    float w_tap = float(2 * groups) * w_next;
    MATRIX m;
#if FILTERS_PER_IMAGE
    int image = quotient(quotient(line * columns + int(gl_FragCoord.x), across), down);
    w_top += float(image) * w_tap;
#endif
#if !SAME_PLACE
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), n = quotient(bands, down);
    int hb = bands - n * down, wb = block - bands * across;
    int y = 2 * hb * stride_h - pad_top, x = 2 * wb * stride_w - pad_left;
    int height = in_h, width = in_w;
#if RGBA_CHANNELS
    vec2 corner = (vec2(x, n * in_h + y) + 0.5) * unit;
#else
    int row_of_blocks = in_across, line_of_blocks = in_columns;
    int first = (n * in_down + hb * stride_h) * row_of_blocks + wb * stride_w;
#endif
#endif
    BEFORE
#if RGBA_CHANNELS
    READS TAPS
#elif BOTH_HALVES
    int channels = in_c, all = in_groups;
    float w_four = 4.0 * step1.x;
    for (int g = 0; g < all; g++) {
        // Computed, not counted up: the sum of many steps would miss the texel.
        float y_step = float(g) * unit.y, odd = 0.0;
        at.x = (float(8 * g) + 0.5) * step1.x;
        { FROM(8 * g) READS TAPS }
        odd = 1.0;
        at.x += w_four;
        { FROM(8 * g + 4) READS TAPS }
    }
#else
    int channels = in_c, all = (channels + 3) >> 2;
    for (int q = 0; q < all; q++) {
        float y_step = float(q >> 1) * unit.y, odd = float(q & 1);
        at.x = (float(4 * q) + 0.5) * step1.x;
        FROM(4 * q) READS TAPS
    }
#endif
    store_block();
}
