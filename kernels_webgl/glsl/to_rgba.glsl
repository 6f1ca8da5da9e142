// One pixel of the flat image x: its channels, and what follows.
void main() {
    result = x_four((int(gl_FragCoord.y) * width + int(gl_FragCoord.x)) * channels);
}
