// result[n, i, j] = sum over k of a[n, i, k] * b[n, k, j], either operand possibly transposed.

int a_index(int n, int i, int k) {
#if TRANSPOSE_A
    return (n * inner + k) * rows + i;
#else
    return (n * rows + i) * inner + k;
#endif
}

int b_index(int n, int k, int j) {
#if TRANSPOSE_B
    return (n * columns + j) * inner + k;
#else
    return (n * inner + k) * columns + j;
#endif
}

// a[n, i, k ... k + 3], for k a multiple of four.
vec4 a_four(int n, int i, int k) {
#if !TRANSPOSE_A && INNER_VECTORS
    return a_texel(a_index(n, i, k) >> 2);
#else
    return vec4(a_at(a_index(n, i, k)), a_at(a_index(n, i, k + 1)),
                a_at(a_index(n, i, k + 2)), a_at(a_index(n, i, k + 3)));
#endif
}

#if COLUMN_VECTORS && !TRANSPOSE_B && INNER_VECTORS
// Four columns at once, four steps of the sum at once.
vec4 product(int e) {
    int j = e % columns, row = e / columns, i = row % rows, n = row / rows;
    vec4 total = vec4(0.0);
    int at = b_index(n, 0, j) >> 2, step = columns >> 2;
    for (int k = 0; k < inner; k += 4) {
        vec4 f = a_four(n, i, k);
        total += f.x * b_texel(at);
        total += f.y * b_texel(at + step);
        total += f.z * b_texel(at + 2 * step);
        total += f.w * b_texel(at + 3 * step);
        at += 4 * step;
    }
    return total;
}
#elif COLUMN_VECTORS && !TRANSPOSE_B
vec4 product(int e) {
    int j = e % columns, row = e / columns, i = row % rows, n = row / rows;
    vec4 total = vec4(0.0);
    for (int k = 0; k < inner; k++) {
        total += a_at(a_index(n, i, k)) * b_texel(b_index(n, k, j) >> 2);
    }
    return total;
}
#elif COLUMN_VECTORS && INNER_VECTORS
// b is transposed: each column is a row of texels, so each is an inner product.
vec4 product(int e) {
    int j = e % columns, row = e / columns, i = row % rows, n = row / rows;
    vec4 total = vec4(0.0);
    int at = b_index(n, 0, j) >> 2, step = inner >> 2;
    for (int k = 0; k < step; k++) {
        vec4 f = a_four(n, i, 4 * k);
        total += vec4(dot(f, b_texel(at + k)), dot(f, b_texel(at + step + k)),
                      dot(f, b_texel(at + 2 * step + k)), dot(f, b_texel(at + 3 * step + k)));
    }
    return total;
}
#else
float one(int e) {
    int j = e % columns, row = e / columns, i = row % rows, n = row / rows;
    float total = 0.0;
    for (int k = 0; k < inner; k++) {
        total += a_at(a_index(n, i, k)) * b_at(b_index(n, k, j));
    }
    return total;
}

vec4 product(int e) {
    return vec4(one(e), one(e + 1), one(e + 2), one(e + 3));
}
#endif

void main() {
    vec4 value = product(4 * out_texel());
    result = EPILOGUE(value);
}
