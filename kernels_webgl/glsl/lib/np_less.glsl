ivec4 np_less(vec4 a, vec4 b) {
    return ivec4(both(lessThan(a, b), not(either(np_isnan(a), np_isnan(b)))));
}
