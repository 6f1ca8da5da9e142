float np_inf() {
    return intBitsToFloat(0x7f800000);
}
