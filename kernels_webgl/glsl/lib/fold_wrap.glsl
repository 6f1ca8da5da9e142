// The pixel that stands for position i where an axis of n pixels begins again at its end. A half
// keeps the quotient away from where rounding decides.
int fold_wrap(float i, int n) {
    float size = float(n);
    return int(clamp(i - size * floor((i + 0.5) / size), 0.0, size - 1.0));
}
