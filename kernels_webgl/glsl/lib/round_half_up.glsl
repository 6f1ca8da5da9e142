// The nearest integer, of two the larger. Adding a half first would round what is just below one.
float round_half_up(float x) {
    float low = floor(x);
    return x - low < 0.5 ? low : low + 1.0;
}
