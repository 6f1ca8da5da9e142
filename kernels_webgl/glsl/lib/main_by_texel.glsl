// The main() of a body that computes the four elements of a texel from the number of the first.
#define main_by_texel(four_from) \
    void main() { VEC value = four_from(4 * out_texel()); result = EPILOGUE(value); }
