// NaN equals nothing, also on drivers that assume there is none.
ivec4 np_equal(vec4 a, vec4 b) {
    return ivec4(both(equal(a, b), not(either(np_isnan(a), np_isnan(b)))));
}
