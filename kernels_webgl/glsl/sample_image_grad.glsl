// Back from dy, (count, out_h, out_w, channels), to the images that sample_image.glsl read: each
// pixel collects from all that it went to, with the weights with which it did. Only the results
// from FIRST(n) on, before END(n), can have read image n, and only their lines from ROW_FROM(y) on,
// before ROW_END(y), its row y; and so on.
#if VECTORS
#define VALUE VEC
#define DY(at) dy_texel((at) >> 2)
#else
#define VALUE ELEM
#define DY(at) dy_at(at)
#endif

// The weight of pixel i of n in what is read at `at`.
float weight(float at, int i, int n) {
    if (not_finite(at)) return 0.0;
#if NEAREST
    return FOLD(round_half_up(at), n) == i ? 1.0 : 0.0;
#else
    float low = floor(at), part = at - low;
    return (FOLD(low, n) == i ? 1.0 - part : 0.0) + (FOLD(low + 1.0, n) == i ? part : 0.0);
#endif
}

VALUE element(int e) {
    int at = quotient(e, channels), c = e - at * channels;
    int line = quotient(at, in_w), x = at - line * in_w;
    int n = quotient(line, in_h), y = line - n * in_h;
    int bottom = ROW_END(y), left = COLUMN_FROM(x), right = COLUMN_END(x);
    VALUE total = VALUE(0.0);
    for (int m = FIRST(n); m < END(n); m++) {
        if (IMAGE(m) != n) continue;
        for (int i = ROW_FROM(y); i < bottom; i++) {
#if SEPARATE
            // All of a line is read in the same row.
            float part = weight(ROW(m, i, 0), y, in_h);
            if (part == 0.0) continue;
#endif
            for (int j = left; j < right; j++) {
                float w = weight(COLUMN(m, i, j), x, in_w);
                if (w == 0.0) continue;
#if !SEPARATE
                float part = weight(ROW(m, i, j), y, in_h);
                if (part == 0.0) continue;
#endif
                total += w * part * DY(((m * out_h + i) * out_w + j) * channels + c);
            }
        }
    }
    return total;
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
