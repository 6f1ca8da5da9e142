// Whether x is NaN or infinite, by the bits: drivers assume that it is neither.
bool not_finite(float x) {
    return (floatBitsToInt(x) & 0x7f800000) == 0x7f800000;
}
