// The main() of a body that computes one element from its number.
#define main_by_element(element_at) \
    void main() { \
        int e = 4 * out_texel(); \
        VEC value = VEC(element_at(e), element_at(e + 1), element_at(e + 2), element_at(e + 3)); \
        result = EPILOGUE(value); \
    }
