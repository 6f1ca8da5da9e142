// atan(x) for x >= 0.
vec4 atan_positive(vec4 x) {
    bvec4 large = greaterThan(x, vec4(2.414213562373095));
    bvec4 middle = greaterThan(x, vec4(0.4142135623730950));
    vec4 t = choose(large, -1.0 / x, choose(middle, (x - 1.0) / (x + 1.0), x));
    vec4 y = choose(large, vec4(1.5707963267948966), choose(middle, vec4(0.7853981633974483), vec4(0.0)));
    vec4 z = t * t;
    vec4 p = 8.05374449538e-2 * z - 1.38776856032e-1;
    p = p * z + 1.99777106478e-1;
    p = p * z - 3.33329491539e-1;
    return y + (p * z * t + t);
}
