// For windows that are written out (see kernels.taps): where the first one of the block that is
// drawn begins, and the block of x in which it would without padding. Copies of what is read again
// and again: uniforms are dear.
#define first_window() \
    this_block(); \
    int y = 2 * hb * stride_h - pad_top, x = 2 * wb * stride_w - pad_left; \
    int height = in_h, width = in_w; \
    int row_of_blocks = in_across, line_of_blocks = in_columns, all_groups = groups; \
    int first = (n * in_down + hb * stride_h) * row_of_blocks + wb * stride_w; \
    vec2 unit = x_unit
