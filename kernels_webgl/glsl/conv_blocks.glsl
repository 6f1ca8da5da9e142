// The convolution of x (in blocks, or in rgba with RGBA_CHANNELS) with the packed filters w: 2 x 2
// pixels of 8 channels. s0 ... s7 are the sums, in the order of the layers.

// One input channel of all pixels, f, times its filters at texel `at`.
#define MULTIPLY_ONE(at, f0, f1, f2, f3) \
    first = w_point(at); s0 += f0 * first; s2 += f1 * first; s4 += f2 * first; s6 += f3 * first; \
    first = w_point(at + next); s1 += f0 * first; s3 += f1 * first; s5 += f2 * first; \
    s7 += f3 * first;
// The filters of four input channels from texel `at`, as the columns of a matrix.
#define FILTERS(at) mat4(w_point(at), w_point(at + step1), w_point(at + step2), w_point(at + step3))
// Four input channels of all pixels, which are v, times their filters.
#define MULTIPLY(at, v0, v1, v2, v3) \
    m = FILTERS(at); s0 += m * v0; s2 += m * v1; s4 += m * v2; s6 += m * v3; \
    below = at + next; \
    m = FILTERS(below); s1 += m * v0; s3 += m * v1; s5 += m * v2; s7 += m * v3;

bool inside(ivec2 p) {
    return p.x >= 0 && p.x < in_w && p.y >= 0 && p.y < in_h;
}

#if RGBA_CHANNELS
vec2 place(int n, ivec2 p) {
    return (vec2(p.x, n * in_h + p.y) + 0.5) * x_unit;
}
#define CHANNEL(c) MULTIPLY_ONE(at, v0.c, v1.c, v2.c, v3.c) at += step1;
#else
// Where the first channels of a pixel are.
vec3 place(int n, ivec2 p) {
    int block = (n * in_down + (p.y >> 1)) * in_across + (p.x >> 1);
    int line = quotient(block, in_columns);
    int layer = (p.y & 1) * 4 + (p.x & 1) * 2;
    return vec3((vec2(block - line * in_columns, line * in_groups) + 0.5) * x_unit, layer);
}
#endif
#define READ(value, at, i) vec4 value = INSIDE(THERE(x_point(at)), i);
// With REST the last four channels are not all there.
#if REST
#define THERE(v) choose(there, v, vec4(0.0))
#else
#define THERE(v) v
#endif

#if PADDED
#define INSIDE(value, i) (i ? value : vec4(0.0))
#else
#define INSIDE(value, i) value
#endif

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), n = quotient(bands, down);
    ivec2 start = 2 * ivec2(block - bands * across, bands - n * down);
    ivec2 stride = ivec2(stride_w, stride_h), corner = start * stride - ivec2(pad_left, pad_top);
    // Sizes of texels are uniforms: multiplied with here, not at every fetch.
    vec2 next = vec2(0.0, w_unit.y), step1 = vec2(w_unit.x, 0.0);
    vec2 step2 = 2.0 * step1, step3 = 3.0 * step1;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    vec2 filter_row = (vec2(0, 2 * group) + 0.5) * w_unit;
    for (int ky = 0; ky < kernel_h; ky++) {
        for (int kx = 0; kx < kernel_w; kx++) {
            ivec2 p0 = corner + ivec2(kx * dilation_w, ky * dilation_h);
            ivec2 p1 = p0 + ivec2(stride.x, 0), p2 = p0 + ivec2(0, stride.y), p3 = p0 + stride;
            bool i0 = inside(p0), i1 = inside(p1), i2 = inside(p2), i3 = inside(p3);
            vec2 at = filter_row;
#if RGBA_CHANNELS
            vec2 at0 = place(n, p0), at1 = place(n, p1), at2 = place(n, p2), at3 = place(n, p3);
            vec4 first;
            READ(v0, at0, i0)
            READ(v1, at1, i1)
            READ(v2, at2, i2)
            READ(v3, at3, i3)
            CHANNEL(x)
#if RGBA_CHANNELS > 1
            CHANNEL(y)
#endif
#if RGBA_CHANNELS > 2
            CHANNEL(z)
#endif
#if RGBA_CHANNELS > 3
            CHANNEL(w)
#endif
#else
            vec3 at0 = place(n, p0), at1 = place(n, p1), at2 = place(n, p2), at3 = place(n, p3);
            vec4 tops = vec4(at0.y, at1.y, at2.y, at3.y);
            for (int c = 0; c < in_c; c += 4) {
                mat4 m;
                vec2 below;
                // Computed, not counted up: the sum of many steps would miss the texel.
                vec4 y = tops + float(c >> 3) * x_unit.y;
                vec3 odd = vec3(0.0, 0.0, (c >> 2) & 1);
                at.x = (float(c) + 0.5) * w_unit.x;
#if REST
                bvec4 there = lessThan(ivec4(c) + ivec4(0, 1, 2, 3), ivec4(in_c));
#endif
                at0.y = y.x;
                at1.y = y.y;
                at2.y = y.z;
                at3.y = y.w;
                READ(v0, at0 + odd, i0)
                READ(v1, at1 + odd, i1)
                READ(v2, at2 + odd, i2)
                READ(v3, at3 + odd, i3)
                MULTIPLY(at, v0, v1, v2, v3)
            }
#endif
            filter_row.y += float(2 * groups) * w_unit.y;
        }
    }
    store_block();
}
