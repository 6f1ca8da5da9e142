// The angle of the point (x, y). Signed zeros and infinities as in C.
vec4 np_atan2(vec4 y, vec4 x) {
    vec4 a = abs(y), b = abs(x);
    bvec4 steep = greaterThan(a, b);
    vec4 small = choose(steep, b, a), large = choose(steep, a, b);
    vec4 q = choose(equal(small, vec4(0.0)), vec4(0.0), small / large);
    q = choose(both(np_isinf(a), np_isinf(b)), vec4(1.0), q);
    vec4 angle = atan_positive(q);
    angle = choose(steep, 1.5707963267948966 - angle, angle);
    angle = choose(lessThan(floatBitsToInt(x), ivec4(0)), 3.14159265358979 - angle, angle);
    angle = choose(lessThan(floatBitsToInt(y), ivec4(0)), -angle, angle);
    return choose(np_isnan(x), x, choose(np_isnan(y), y, angle));
}
