// sin(r) and cos(r) for |r| <= pi/4.
void sin_cos_series(vec4 r, out vec4 s, out vec4 c) {
    vec4 z = r * r;
    s = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
    c = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z
        - 0.5 * z + 1.0;
}
