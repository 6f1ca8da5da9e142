vec4 np_atan(vec4 x) {
    vec4 y = atan_positive(abs(x));
    y = choose(lessThan(x, vec4(0.0)), -y, y);
    return choose(np_isnan(x), x, y);
}
