// The depthwise convolution of x with the flat filters w, in blocks, for a window that the kernel
// has written out: LOADS names the filters at each tap, BEFORE says where the pixels are, TAPS walks
// over them.

#if VECTORS
#define FIRST w_PLACE first_filter = w_place(2 * group), each = w_steps(in_c >> 2), next = w_steps(1);
#define TAP(n) w_PLACE(n) * each
#define FOUR(at) w_placed(at)
#else
#define FIRST int first_filter = 8 * group, each = in_c, next = 4;
#define TAP(n) n * each
#define FOUR(at) w_four(at)
#endif
#define LOAD(tap, even, odd) \
    vec4 even = FOUR(first_filter + TAP(tap)), odd = FOUR(first_filter + TAP(tap) + next);
#define PLACE(p, down, across) find_block(p, down, across);
#define READ(v, p, layer) even = x_point(vec3(p, layer)); odd = x_point(vec3(p, layer + 1.0));
#define READ_IF(v, p, layer, inside) READ(v, p, layer) if (!inside) { even = vec4(0.0); odd = even; }
#define ADD(s, t, f, g) s += even * f; t += odd * g;

void main() {
    first_window();
    FIRST
    vec4 even, odd;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    BEFORE
    LOADS
    TAPS
    store_block();
}
