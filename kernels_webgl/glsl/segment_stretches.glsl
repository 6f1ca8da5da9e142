// Row s of the result is the sum of the rows of l0 that `from` tells from starts[s] to starts[s + 1].
// Level l1 has the sums of `chunk` rows, l2 those of `chunk` chunks and so on, LEVELS in all; a row is
// `inner` long in PARTs.
PART part(int level, int row, int column) {
    int at = (level == 0 ? from_at(row) : row) * inner + column;
#if LEVELS > 1
    if (level == 1) return l1_part(at);
#endif
#if LEVELS > 2
    if (level == 2) return l2_part(at);
#endif
#if LEVELS > 3
    if (level == 3) return l3_part(at);
#endif
#if LEVELS > 4
    if (level == 4) return l4_part(at);
#endif
    return l0_part(at);
}

PART element(int i) {
    int segment = quotient(i, inner), column = i - segment * inner;
    // Fragments after the last row may meet anything.
    int first = min(max(starts_at(segment), 0), count), last = min(starts_at(segment + 1), count);
    PART sum = PART(0);
    // Of each level what is outside the whole chunks of the next, or all if there are none.
    for (int level = 0; first < last; level++) {
        int chunk_first = (first + chunk - 1) / chunk, chunk_last = last / chunk;
        if (level == LEVELS - 1 || chunk_first >= chunk_last) chunk_first = chunk_last = last;
        for (int row = first; row < last; row++) {
            if (row == chunk_first * chunk) row = chunk_last * chunk;
            if (row < last) sum += part(level, row, column);
        }
        first = chunk_first;
        last = chunk_last;
    }
    return sum;
}

MAIN(element)
