// Reads channels 8 * from ... 8 * from + 7 of the pixel (row, column) of x's image n, as two fours.
#define read_pixel(even, odd, from, row, column) \
    int there = (n * in_down + ((row) >> 1)) * in_across + ((column) >> 1); \
    int stands = quotient(there, in_columns); \
    vec2 at = (vec2(there - stands * in_columns, stands * in_groups + (from)) + 0.5) * x_unit; \
    float layer = float(((row) & 1) * 4 + ((column) & 1) * 2); \
    even = x_point(vec3(at, layer)); \
    odd = x_point(vec3(at, layer + 1.0))
