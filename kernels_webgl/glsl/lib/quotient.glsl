// a / n for a >= 0 and n > 0, exactly: dividing ints takes devices and rasterizers several times as
// long. Half a step from the next integer, one rounded product is exact while a + n < 2^21; BIG
// programs (see assemble) correct it.
int quotient(int a, int n) {
    float inverse = 1.0 / float(n);
#if BIG
    int q = int(float(a) * inverse);
    q += int(floor(float(a - q * n) * inverse));
    int r = a - q * n;
    return q + (r >= n ? 1 : 0) - (r < 0 ? 1 : 0);
#else
    return int((float(a) + 0.5) * inverse);
#endif
}
