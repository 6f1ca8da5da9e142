// The pixel that stands for position i where an axis of n pixels is mirrored at its end.
int fold_reflect(float i, int n) {
    int folded = fold_wrap(i, 2 * n);
    return min(folded, 2 * n - 1 - folded);
}
