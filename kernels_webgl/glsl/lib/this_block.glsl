// The block that is drawn: its group of channels, image n, row hb and column wb.
#define this_block() \
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups; \
    int block = line * columns + int(gl_FragCoord.x); \
    int bands = quotient(block, across), wb = block - bands * across; \
    int n = quotient(bands, down), hb = bands - n * down
