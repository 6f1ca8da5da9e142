// Each row of x, (rows, n), in sorted runs of four: result0 has their keys (see sort_key), result1
// where in the row they come from. What fills up the last of a row's `runs` comes after everything.
#define ORDER(a, b, ab, ba) \
    if (key.b < key.a || (key.b == key.a && from.b < from.a)) { key.ab = key.ba; from.ab = from.ba; }

void main() {
    int i = out_texel(), row = quotient(i, runs);
    ivec4 from = 4 * (i - row * runs) + ivec4(0, 1, 2, 3);
#if ALIGNED
    x_VEC v = x_texel(i);
#else
    x_VEC v = x_four(row * n + from.x);
#endif
    ivec4 key = ivec4(sort_key(v.x, REVERSE), sort_key(v.y, REVERSE), sort_key(v.z, REVERSE), sort_key(v.w, REVERSE));
    key = choose(lessThan(from, ivec4(n)), key, ivec4(0x7fffffff));
    ORDER(x, y, xy, yx)
    ORDER(z, w, zw, wz)
    ORDER(x, z, xz, zx)
    ORDER(y, w, yw, wy)
    ORDER(y, z, yz, zy)
    result0 = key;
    result1 = from;
}
