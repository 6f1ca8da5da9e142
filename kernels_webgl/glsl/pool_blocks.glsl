// The maxima or means of x's windows, in blocks, for a window that the kernel has written out:
// BEFORE says where the pixels are, TAPS walks over them. s0 ... s7 are the results by layer, n0 ...
// n3 the number of pixels in them.

#define PLACE(p, down, across) find_block(p, down, across);
#define READ(v, p, layer) \
    even = x_point(vec3(p, layer)); odd = x_point(vec3(p, layer + 1.0)); one = 1.0;
#define READ_IF(v, p, layer, inside) READ(v, p, layer) \
    if (!inside) { even = vec4(OUTSIDE); odd = even; one = 0.0; }
#if MEAN
#define JOIN(s, t, n) s = TOGETHER(s, even); t = TOGETHER(t, odd); n += one;
#define STORE(s, n) s /= max(n, 1.0);
#else
#define JOIN(s, t, n) s = TOGETHER(s, even); t = TOGETHER(t, odd);
#define STORE(s, n)
#endif

void main() {
    first_window();
    float one, n0 = 0.0, n1 = 0.0, n2 = 0.0, n3 = 0.0;
    vec4 even, odd;
    vec4 s0 = vec4(OUTSIDE), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    BEFORE
    TAPS
    STORE(s0, n0) STORE(s1, n0) STORE(s2, n1) STORE(s3, n1)
    STORE(s4, n2) STORE(s5, n2) STORE(s6, n3) STORE(s7, n3)
    store_block();
}
