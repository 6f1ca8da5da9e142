// a / b rounded towards zero, exact for every pair but b = 0. Signed division of negative numbers
// is left open by GLSL ES; unsigned division is not.
ivec4 int_quotient(ivec4 a, ivec4 b) {
    uvec4 n = uvec4(choose(lessThan(a, ivec4(0)), -a, a));
    uvec4 d = uvec4(choose(lessThan(b, ivec4(0)), -b, b));
    ivec4 q = ivec4(n / max(d, uvec4(1u)));
    return choose(lessThan(a ^ b, ivec4(0)), -q, q);
}
