// The first k of each sorted row, which are `kept` apart: elements of x, (rows, n), and their indices.
void main() {
    ivec4 e = 4 * out_texel() + ivec4(0, 1, 2, 3);
    ivec4 row = ivec4(quotient(e.x, k), quotient(e.y, k), quotient(e.z, k), quotient(e.w, k));
    ivec4 at = row * kept + e - row * k;
    at = ivec4(from_at(at.x), from_at(at.y), from_at(at.z), from_at(at.w));
    result1 = at;
    at += row * n;
    result0 = VEC(x_at(at.x), x_at(at.y), x_at(at.z), x_at(at.w));
}
