// x = n * pi/2 + r with |r| <= pi/4. pi/2 is subtracted in parts whose products with n are exact
// up to |x| of about 100000; beyond that the result slowly loses digits.
vec4 quadrant(vec4 x, out ivec4 n) {
    vec4 k = floor(x * 0.636619772 + 0.5);
    n = ivec4(k);
    vec4 r = ((x - k * 1.5703125) - k * 0.0004825592041015625) - k * 1.2665987014770508e-06;
    return r - k * 9.9209362947050295e-10;
}
