// Texel (c, t * quads + o): filters 4 o ... 4 o + 3 of input channel c at tap t; zeros past the last
// input channel. FOUR(i) reads them.
void main() {
    int c = int(gl_FragCoord.x), row = int(gl_FragCoord.y), t = quotient(row, quads);
    int i = first + t * tap_step + c * in_step + 4 * (row - t * quads) * out_step;
    result = c < inputs ? FOUR(i) : vec4(0.0);
}
