// result0 ... result7: the block that is drawn, from the flat image x. Pixels past its edges get
// what is read there.

vec4 four(int i) {
#if VECTORS
    return x_texel(i >> 2);
#else
    return vec4(x_at(i), x_at(i + channel_step), x_at(i + 2 * channel_step),
                x_at(i + 3 * channel_step));
#endif
}

void main() {
    int row = int(gl_FragCoord.y), line = quotient(row, groups), group = row - line * groups;
    int block = line * columns + int(gl_FragCoord.x);
    int bands = quotient(block, across), wb = block - bands * across;
    int n = quotient(bands, down), hb = bands - n * down;
    int i = n * batch_step + 2 * (hb * row_step + wb * column_step) + 8 * group * channel_step;
    int k = 4 * channel_step;
    result0 = four(i);
    result1 = four(i + k);
    result2 = four(i + column_step);
    result3 = four(i + column_step + k);
    i += row_step;
    result4 = four(i);
    result5 = four(i + k);
    result6 = four(i + column_step);
    result7 = four(i + column_step + k);
}
