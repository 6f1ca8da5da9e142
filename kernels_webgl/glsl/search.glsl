// How many elements of a row of `keys`, (rows, n), each value comes after: those smaller, with RIGHT
// those equal too. Each row has m values of its own; VALUE(e) is the key of value e.
int place(int e) {
    int start = quotient(e, m) * n, low = 0, high = n, value = VALUE(e);
    while (low < high) {
        int middle = (low + high) >> 1, key = sort_key(keys_at(start + middle), false);
#if RIGHT
        bool after = key <= value;
#else
        bool after = key < value;
#endif
        if (after) low = middle + 1;
        else high = middle;
    }
    return low;
}

void main() {
    int e = 4 * out_texel();
    result = ivec4(place(e), place(e + 1), place(e + 2), place(e + 3));
}
