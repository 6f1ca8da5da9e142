// The gradient of a pool whose windows are the blocks of its image, 2 x 2 pixels each: dy of one
// pixel goes to the first maximum of x in the block, or to all pixels in equal parts.

void main() {
    this_block();
    bool right = 2 * wb + 1 < width, below = 2 * hb + 1 < height;
    int there = (n * dy_down + (hb >> 1)) * dy_across + (wb >> 1);
    line = quotient(there, dy_columns);
    vec3 at = vec3((vec2(there - line * dy_columns, line * dy_groups + group) + 0.5) * dy_unit,
                   (hb & 1) * 4 + (wb & 1) * 2);
    vec4 even = dy_point(at), odd = dy_point(at + vec3(0.0, 0.0, 1.0)), nothing = vec4(0.0);
    // Without padding a window can be left out at an odd edge.
    if (hb >= dy_h || wb >= dy_w) {
        even = nothing;
        odd = nothing;
    }
#if MAXIMUM
    // Of the pixels in order, the last that is larger than all before it.
#define SPREAD(dy, k, a, b, c, d) { \
    vec4 best = x_layer(k), next = x_layer(2 + k); \
    bvec4 second = both(greaterThan(next, best), bvec4(right)); \
    best = choose(second, next, best); \
    next = x_layer(4 + k); \
    bvec4 third = both(greaterThan(next, best), bvec4(below)); \
    best = choose(third, next, best); \
    next = x_layer(6 + k); \
    bvec4 fourth = both(greaterThan(next, best), bvec4(right && below)); \
    d = choose(fourth, dy, nothing); \
    c = choose(both(third, not(fourth)), dy, nothing); \
    b = choose(both(second, not(either(third, fourth))), dy, nothing); \
    a = choose(either(second, either(third, fourth)), nothing, dy); }
#else
    float part = 1.0 / float((right ? 2 : 1) * (below ? 2 : 1));
#define SPREAD(dy, k, a, b, c, d) a = dy * part; b = a; c = a; d = a;
#endif
    vec4 s0, s1, s2, s3, s4, s5, s6, s7;
    SPREAD(even, 0, s0, s2, s4, s6)
    SPREAD(odd, 1, s1, s3, s5, s7)
    store_block();
}
