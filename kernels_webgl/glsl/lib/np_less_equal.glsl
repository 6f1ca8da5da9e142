ivec4 np_less_equal(vec4 a, vec4 b) {
    return ivec4(both(lessThanEqual(a, b), not(either(np_isnan(a), np_isnan(b)))));
}
