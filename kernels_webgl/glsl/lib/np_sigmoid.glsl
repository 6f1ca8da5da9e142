vec4 np_sigmoid(vec4 x) {
    return 1.0 / (1.0 + np_exp(-x));
}
