// x at begin + i * step along each axis, `value` elsewhere. Axis 0 is the innermost of RANK axes;
// with VECTOR it counts texels. STEPPED if some step is not 1.
#if STEPPED
#define LANDS(t, axis_step) { int at_step = t / axis_step; inside = inside && at_step * axis_step == t; t = at_step; }
#else
#define LANDS(t, axis_step)
#endif
// Takes one axis off the position `at`.
#define AXIS(shape, begin, axis_step, size) { \
    int outer = quotient(at, shape), t = at - outer * shape - begin; \
    LANDS(t, axis_step) \
    inside = inside && t >= 0 && t < size; \
    index += t * stride; \
    stride *= size; \
    at = outer; \
}

// Where row `at` of the result begins in x; -1 if x has no such row.
int row_of_x(int at) {
    int index = 0, stride = size_0;
    bool inside = true;
#if RANK > 1
    AXIS(shape_1, begin_1, step_1, size_1)
#endif
#if RANK > 2
    AXIS(shape_2, begin_2, step_2, size_2)
#endif
#if RANK > 3
    AXIS(shape_3, begin_3, step_3, size_3)
#endif
#if RANK > 4
    AXIS(shape_4, begin_4, step_4, size_4)
#endif
#if RANK > 5
    AXIS(shape_5, begin_5, step_5, size_5)
#endif
#if RANK > 6
    AXIS(shape_6, begin_6, step_6, size_6)
#endif
#if RANK > 7
    AXIS(shape_7, begin_7, step_7, size_7)
#endif
    return inside ? index : -1;
}

#if VECTOR
void main() {
    int i = out_texel(), row = quotient(i, shape_0);
    int start = row_of_x(row), t = i - row * shape_0 - begin_0;
    VEC four = start >= 0 && t >= 0 && t < size_0 ? x_texel(start + t) : VEC(value);
    result = EPILOGUE(four);
}
#else
ELEM element(int start, int t) {
    bool inside = start >= 0;
    LANDS(t, step_0)
    return inside && t >= 0 && t < size_0 ? x_at(start + t) : ELEM(value);
}

#define NEXT if (++column == shape_0) { column = 0; start = row_of_x(++row); }

void main() {
    int i = 4 * out_texel(), row = quotient(i, shape_0);
    int start = row_of_x(row), column = i - row * shape_0;
    VEC four;
    four.x = element(start, column - begin_0);
    NEXT
    four.y = element(start, column - begin_0);
    NEXT
    four.z = element(start, column - begin_0);
    NEXT
    four.w = element(start, column - begin_0);
    result = EPILOGUE(four);
}
#endif
