// The first `channels` channels of an RGBA8 image as consecutive ints from 0 to 255.
int channel_at(int i) {
    int pixel = quotient(i, channels);
    int row = quotient(pixel, width);
    ivec2 at = ivec2(pixel - row * width, row);
    return int(texelFetch(image_tex, at, 0)[i - pixel * channels] * 255.0 + 0.5);
}

void main() {
    int i = 4 * out_texel();
    result = ivec4(channel_at(i), channel_at(i + 1), channel_at(i + 2), channel_at(i + 3));
}
