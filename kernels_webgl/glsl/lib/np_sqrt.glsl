// Defined below zero (NaN) and at zero, where some drivers compute 0 * inf.
vec4 np_sqrt(vec4 x) {
    vec4 root = choose(equal(x, vec4(0.0)), x, sqrt(x));
    return choose(lessThan(x, vec4(0.0)), vec4(np_nan()), root);
}
