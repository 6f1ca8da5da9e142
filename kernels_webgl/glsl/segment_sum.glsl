// Row s of the result is the sum of the `count` rows of x whose id is s. A row is `inner` long in PARTs.
PART element(int i) {
    int segment = quotient(i, inner), column = i - segment * inner;
    PART sum = PART(0);
    for (int row = 0; row < count; row++) {
        if (segment_ids_at(row) == segment) sum += x_part(row * inner + column);
    }
    return sum;
}

MAIN(element)
