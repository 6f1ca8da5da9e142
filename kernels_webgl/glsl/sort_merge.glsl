// Neighbouring sorted runs of `size` merged: rows of `runs` runs become rows of `merged` runs, of which
// the first `kept` elements are kept. A run without a neighbour is filled up with what comes last.
// Equal keys stay in their order, those of the first run before those of the second.
#define STEP(lane) { \
    bool more_a = a < size, more_b = b < size_b; \
    int ka = more_a ? keys_at(at_a + a) : 0x7fffffff, kb = more_b ? keys_at(at_b + b) : 0x7fffffff; \
    bool first = more_a && (!more_b || ka <= kb); \
    result0.lane = first ? ka : kb; \
    result1.lane = first ? from_at(at_a + a) : from_at(at_b + b); \
    if (first) a++; else b++; }

void main() {
    int e = 4 * out_texel(), run = quotient(e, kept), place = e - run * kept;
    int row = quotient(run, merged), pair = run - row * merged;
    int at_a = (row * runs + 2 * pair) * size, at_b = at_a + size;
    int size_b = 2 * pair + 1 < runs ? size : 0;
    // How many of the elements before `place` are of the first run: a halving search.
    int a = max(place - size_b, 0), last = min(place, size);
    while (a < last) {
        int middle = (a + last) >> 1;
        if (keys_at(at_a + middle) <= keys_at(at_b + place - 1 - middle)) a = middle + 1;
        else last = middle;
    }
    int b = place - a;
    STEP(x)
    STEP(y)
    STEP(z)
    STEP(w)
}
