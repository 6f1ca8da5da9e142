// One value everywhere.
void main() {
    result = VEC(value);
}
