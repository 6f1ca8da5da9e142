// Names the place p of the block of x that lies so many rows and columns from the first one.
#define find_block(p, rows_on, columns_on) \
    block = first + (rows_on) * row_of_blocks + (columns_on); line = quotient(block, line_of_blocks); \
    vec2 p = (vec2(block - line * line_of_blocks, line * all_groups + group) + 0.5) * unit
