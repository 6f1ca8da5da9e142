// result0 ... result7: the block that is drawn, from the flat image x, of which FOUR(i) reads four
// channels. Pixels and channels past its edges get what is read there.

void main() {
    this_block();
    int i = n * batch_step + 2 * (hb * row_step + wb * column_step) + 8 * group * channel_step;
    int k = 4 * channel_step;
    result0 = FOUR(i);
    result1 = FOUR(i + k);
    result2 = FOUR(i + column_step);
    result3 = FOUR(i + column_step + k);
    i += row_step;
    result4 = FOUR(i);
    result5 = FOUR(i + k);
    result6 = FOUR(i + column_step);
    result7 = FOUR(i + column_step + k);
}
