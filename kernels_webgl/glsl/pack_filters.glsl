// Texel (c, t * quads + o): filters 4 o ... 4 o + 3 of input channel c at tap t.
void main() {
    int c = int(gl_FragCoord.x), row = int(gl_FragCoord.y), t = quotient(row, quads);
    int i = first + t * tap_step + c * in_step + 4 * (row - t * quads) * out_step;
#if VECTORS
    result = w_texel(i >> 2);
#else
    result = vec4(w_at(i), w_at(i + out_step), w_at(i + 2 * out_step), w_at(i + 3 * out_step));
#endif
}
