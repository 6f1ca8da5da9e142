// Packed filters of all classes of pixels (see gradients._Spread): texel (o, t * quads + q) is four
// channels of a class, of the filter of output channel o at the class's tap t, last tap first;
// zeros past the last output channel.
void main() {
    int o = int(gl_FragCoord.x), row = int(gl_FragCoord.y);
    int quads = stride_h * stride_w * in_c / 4, t = row / quads, channel = 4 * (row - t * quads);
    int kind = channel / in_c, ty = t / taps_w;
    int ky = kind / stride_w + stride_h * (taps_h - 1 - ty);
    int kx = kind % stride_w + stride_w * (taps_w - 1 - (t - ty * taps_w));
    int i = ((ky * kernel_w + kx) * in_c + channel - kind * in_c) * out_c + o;
    result = o < out_c && ky < kernel_h && kx < kernel_w
        ? vec4(w_at(i), w_at(i + out_c), w_at(i + 2 * out_c), w_at(i + 3 * out_c)) : vec4(0.0);
}
