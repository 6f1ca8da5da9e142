// A' m A, the 2 x 2 pixels of a block of results, of the 4 x 4 elements m that lie in images of x.
//
//     A' =  1  1  1  0
//           0  1 -1 -1

#define READ(e, o, p) \
    block = (p) * in_across + (tile >> 2); line = quotient(block, line_of_blocks); \
    at.xy = (vec2(block - line * line_of_blocks, line * groups + group) + 0.5) * unit; \
    vec4 e = x_point(at), o = x_point(at + odd_layer);
// Row i of m A: two columns, of two texels each.
#define ROW(i, e0, o0, e1, o1) \
    vec4 e0, o0, e1, o1; { \
    READ(a, b, 4 * i) READ(c, d, 4 * i + 1) READ(e, f, 4 * i + 2) READ(g, h, 4 * i + 3) \
    e0 = a + c + e; o0 = b + d + f; e1 = c - e - g; o1 = d - f - h; }

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int tile = line * columns + int(gl_FragCoord.x), block, line_of_blocks = in_columns;
    vec2 unit = x_unit;
    vec3 at = vec3(0.0, 0.0, float(2 * (tile & 3)));
    const vec3 odd_layer = vec3(0.0, 0.0, 1.0);
    ROW(0, a0, b0, c0, d0)
    ROW(1, a1, b1, c1, d1)
    ROW(2, a2, b2, c2, d2)
    ROW(3, a3, b3, c3, d3)
    result0 = EPILOGUE(a0 + a1 + a2);
    result1 = EPILOGUE(b0 + b1 + b2);
    result2 = EPILOGUE(c0 + c1 + c2);
    result3 = EPILOGUE(d0 + d1 + d2);
    result4 = EPILOGUE(a1 - a2 - a3);
    result5 = EPILOGUE(b1 - b2 - b3);
    result6 = EPILOGUE(c1 - c2 - c3);
    result7 = EPILOGUE(d1 - d2 - d3);
}
