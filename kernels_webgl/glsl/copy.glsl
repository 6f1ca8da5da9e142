// The elements of a view of x, in order.
void main() {
    result = EPILOGUE(x_view(out_texel()));
}
