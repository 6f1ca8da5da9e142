// x within [low, high]; NaN stays NaN, which clamp() does not promise.
vec4 np_clip(vec4 x, vec4 low, vec4 high) {
    return choose(np_isnan(x), x, clamp(x, low, high));
}
ivec4 np_clip(ivec4 x, ivec4 low, ivec4 high) {
    return clamp(x, low, high);
}
