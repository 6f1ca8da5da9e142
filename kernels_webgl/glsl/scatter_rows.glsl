// x with rows of updates in place of its own, the last one of each number: found by walking over all
// `count` numbers, or if SORTED as the end of a stretch of `from`. A row is `inner` long in PARTs.
int update(int row) {
#if SORTED
    int end = starts_at(row + 1);
    return end > starts_at(row) ? from_at(end - 1) : -1;
#else
    int found = count - 1;
    while (found >= 0 && segment_ids_at(found) != row) found--;
    return found;
#endif
}

PART element(int i) {
    int row = quotient(i, inner), by = update(row);
    return by < 0 ? x_part(i) : updates_part(by * inner + i - row * inner);
}

MAIN(element)
