// x = n * pi/2 + r with |r| <= pi/4. pi/2 is subtracted in parts whose products with n are exact
// up to |x| of about 100000; beyond that the result slowly loses digits, and past 10^7 it keeps
// none. Only n modulo 4 is told.
vec4 quadrant(vec4 x, out ivec4 n) {
    vec4 k = floor(x * 0.636619772 + 0.5);
    n = ivec4(k - 4.0 * floor(k * 0.25));
    vec4 r = ((x - k * 1.5703125) - k * 0.0004825592041015625) - k * 1.2665987014770508e-06;
    r -= k * 9.9209362947050295e-10;
    // Nothing sensible is left of a huge x, but a sine should stay one.
    return clamp(r, -0.8, 0.8);
}
