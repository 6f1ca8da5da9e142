// One expression over the four elements of a texel. LOADS declares what EXPRESSION reads.
void main() {
    LOADS
    result = EPILOGUE(EXPRESSION);
}
