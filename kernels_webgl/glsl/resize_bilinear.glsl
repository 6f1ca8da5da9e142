// x: (batch, in_h, in_w, channels). Output pixel i samples the input at i * scale + offset.

#if VECTORS
#define VALUE vec4
#define X(i) x_texel((i) >> 2)
#else
#define VALUE float
#define X(i) x_at(i)
#endif

VALUE element(int e) {
    int c = e % channels, p = e / channels;
    int ox = p % out_w, q = p / out_w;
    int oy = q % out_h, n = q / out_h;
    float sy = max(float(oy) * scale_h + offset_h, 0.0);
    float sx = max(float(ox) * scale_w + offset_w, 0.0);
    int y0 = min(int(sy), in_h - 1), x0 = min(int(sx), in_w - 1);
    int y1 = min(y0 + 1, in_h - 1), x1 = min(x0 + 1, in_w - 1);
    float fy = sy - float(y0), fx = sx - float(x0);
    int upper = (n * in_h + y0) * in_w, lower = (n * in_h + y1) * in_w;
    VALUE top = mix(X((upper + x0) * channels + c), X((upper + x1) * channels + c), fx);
    VALUE bottom = mix(X((lower + x0) * channels + c), X((lower + x1) * channels + c), fx);
    return mix(top, bottom, fy);
}

#if VECTORS
main_by_texel(element)
#else
main_by_element(element)
#endif
