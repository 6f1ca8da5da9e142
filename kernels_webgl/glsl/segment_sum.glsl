// Row s of the result is the sum of the `rows` rows of x whose id is s. A row is `inner` long, in
// texels with VECTOR.
#if VECTOR
#define PART VEC
#define TAKE x_texel
#else
#define PART ELEM
#define TAKE x_at
#endif

PART total(int i) {
    int segment = quotient(i, inner), column = i - segment * inner;
    PART sum = PART(0);
    for (int row = 0; row < rows; row++) {
        if (segment_ids_at(row) == segment) sum += TAKE(row * inner + column);
    }
    return sum;
}

void main() {
    int i = out_texel();
#if VECTOR
    result = total(i);
#else
    i *= 4;
    result = VEC(total(i), total(i + 1), total(i + 2), total(i + 3));
#endif
}
