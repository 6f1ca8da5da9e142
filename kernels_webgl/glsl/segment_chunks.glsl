// Sums of `chunk` rows of x, which has `count` rows of `inner` elements or texels: PARTs. SORTED:
// of the rows that `from` tells.
PART element(int i) {
    int number = quotient(i, inner), column = i - number * inner;
    int first = number * chunk, last = min(first + chunk, count);
    PART sum = PART(0);
    for (int row = first; row < last; row++) {
#if SORTED
        sum += x_part(from_at(row) * inner + column);
#else
        sum += x_part(row * inner + column);
#endif
    }
    return sum;
}

MAIN(element)
