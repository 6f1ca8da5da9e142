// One pixel of the flat image x: its channels, and what follows.
void main() {
    int i = (int(gl_FragCoord.y) * width + int(gl_FragCoord.x)) * channels;
    result = vec4(x_at(i), x_at(i + 1), x_at(i + 2), x_at(i + 3));
}
