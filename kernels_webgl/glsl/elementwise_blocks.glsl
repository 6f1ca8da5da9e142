// One expression over each texel of a block. LOADS(n) declares what EXPRESSION reads for layer n.
#define LAYER(n, target) { LOADS(n) target = EPILOGUE(EXPRESSION); }

void main() {
    int row = int(gl_FragCoord.y), quad = 2 * (row - quotient(row, groups) * groups);
    LAYER(0, result0)
    LAYER(1, result1)
    LAYER(2, result2)
    LAYER(3, result3)
    LAYER(4, result4)
    LAYER(5, result5)
    LAYER(6, result6)
    LAYER(7, result7)
}
