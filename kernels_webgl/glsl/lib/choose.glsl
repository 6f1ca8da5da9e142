// a where c, else b. GLSL ES 3.00 has no mix() with a bvec for ints, and blending is not choosing:
// 0 * NaN is NaN.
vec4 choose(bvec4 c, vec4 a, vec4 b) {
    return vec4(c.x ? a.x : b.x, c.y ? a.y : b.y, c.z ? a.z : b.z, c.w ? a.w : b.w);
}
ivec4 choose(bvec4 c, ivec4 a, ivec4 b) {
    return ivec4(c.x ? a.x : b.x, c.y ? a.y : b.y, c.z ? a.z : b.z, c.w ? a.w : b.w);
}
