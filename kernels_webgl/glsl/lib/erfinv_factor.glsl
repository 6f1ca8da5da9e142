// erfinv(x) / x, where w = -log(1 - x * x); M. Giles, "Approximating the erfinv function", 2011.
vec4 erfinv_factor(vec4 w) {
    vec4 z = w - 2.5, p = 2.81022636e-08 * z + 3.43273939e-07;
    p = p * z - 3.5233877e-06;
    p = p * z - 4.39150654e-06;
    p = p * z + 0.00021858087;
    p = p * z - 0.00125372503;
    p = p * z - 0.00417768164;
    p = p * z + 0.246640727;
    p = p * z + 1.50140941;
    z = sqrt(max(w, 5.0)) - 3.0;
    vec4 tail = -0.000200214257 * z + 0.000100950558;
    tail = tail * z + 0.00134934322;
    tail = tail * z - 0.00367342844;
    tail = tail * z + 0.00573950773;
    tail = tail * z - 0.0076224613;
    tail = tail * z + 0.00943887047;
    tail = tail * z + 1.00167406;
    tail = tail * z + 2.83297682;
    return choose(lessThan(w, vec4(5.0)), p, tail);
}
