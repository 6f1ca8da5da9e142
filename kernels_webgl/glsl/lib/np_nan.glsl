float np_nan() {
    return intBitsToFloat(0x7fc00000);
}
