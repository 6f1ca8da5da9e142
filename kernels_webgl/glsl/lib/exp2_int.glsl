// 2 to the power of k, for k in [-126, 127]; 0 for -127.
vec4 exp2_int(ivec4 k) {
    return intBitsToFloat((k + 127) << 23);
}
