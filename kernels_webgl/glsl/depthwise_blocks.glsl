// The depthwise convolution of x with the flat filters w, in blocks. LOADS names the filters at each
// tap, TAPS walks over the pixels under the windows: both are written out by the kernel.

#define LOAD(tap, even, odd) \
    vec4 even = w_texel((2 * groups) * tap + 2 * group), odd = w_texel((2 * groups) * tap + 2 * group + 1);
#define ROW(r) \
    y = top + r; \
    band = (n * in_down + (y >> 1)) * in_across; \
    layer = float((y & 1) * 4);
#define READ(c) \
    x = left + c; \
    block = band + (x >> 1); \
    line = quotient(block, in_columns); \
    at.xy = (vec2(block - line * in_columns, line * groups + group) + 0.5) * x_unit; \
    at.z = layer + float((x & 1) * 2); \
    even = x_point(at); \
    at.z += 1.0; \
    odd = x_point(at); \
    KEEP
#define ADD(s, t, f, g) s += even * f; t += odd * g;

#if PADDED
#define KEEP if (x < 0 || x >= in_w || y < 0 || y >= in_h) { even = vec4(0.0); odd = even; }
#else
#define KEEP
#endif

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), n = quotient(bands, down);
    int left = 2 * (block - bands * across) * stride_w - pad_left;
    int top = 2 * (bands - n * down) * stride_h - pad_top;
    int x, y, band;
    float layer;
    vec3 at;
    vec4 even, odd;
    vec4 s0 = vec4(0.0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    LOADS
    TAPS
    result0 = EPILOGUE(s0);
    result1 = EPILOGUE(s1);
    result2 = EPILOGUE(s2);
    result3 = EPILOGUE(s3);
    result4 = EPILOGUE(s4);
    result5 = EPILOGUE(s5);
    result6 = EPILOGUE(s6);
    result7 = EPILOGUE(s7);
}
