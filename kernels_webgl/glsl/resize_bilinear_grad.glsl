// dy: (batch, out_h, out_w, channels). Each output's gradient goes back to the pixels it sampled,
// by the weights with which it sampled them.

// The weight with which a sample at position s reads pixel i of an axis of n pixels.
float weight(float s, int i, int n) {
    s = max(s, 0.0);
    int low = min(int(s), n - 1), high = min(low + 1, n - 1);
    float part = s - float(low);
    return (i == low ? 1.0 - part : 0.0) + (i == high ? part : 0.0);
}

float element(int e) {
    int c = e % channels, p = e / channels;
    int ix = p % in_w, q = p / in_w;
    int iy = q % in_h, n = q / in_h;
    float total = 0.0;
    for (int oy = 0; oy < out_h; oy++) {
        float wy = weight(float(oy) * scale_h + offset_h, iy, in_h);
        if (wy == 0.0) continue;
        for (int ox = 0; ox < out_w; ox++) {
            float wx = weight(float(ox) * scale_w + offset_w, ix, in_w);
            if (wx == 0.0) continue;
            total += wy * wx * dy_at(((n * out_h + oy) * out_w + ox) * channels + c);
        }
    }
    return total;
}

main_by_element(element)
