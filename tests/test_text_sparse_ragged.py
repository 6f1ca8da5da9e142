"""`tfpy.string`, `tfpy.sparse` and ragged tensors: TensorFlow's own examples, and refusals."""

import pytest

import tfpy
from tfpy import sparse, string
from tfpy.fingerprints import fingerprint64
from tfpy.testing import assert_close, check_grads

WORDS = list("abcdef")
SPLITS, IDS = "ROW_SPLITS", "VALUE_ROWIDS"
NINE = [float(i) for i in range(1, 10)]


@pytest.fixture(autouse=True, params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)


def lists(value):
    if isinstance(value, (list, tuple)):
        return [lists(x) for x in value]
    return value.tolist()


# ------------------------------------------------------------------------------------------ text


@pytest.mark.parametrize(
    ("arguments", "ngrams", "splits"),
    [
        (
            ([0, 4, 6], "|", [3], "L", "R", -1),
            "L|L|a L|a|b a|b|c b|c|d c|d|R d|R|R L|L|e L|e|f e|f|R f|R|R",
            [0, 6, 10],
        ),
        (
            ([0, 4, 4, 6], "|", [3, 2], "L", "R", 1),
            "L|a|b a|b|c b|c|d c|d|R L|a a|b b|c c|d d|R L|R L|e|f e|f|R L|e e|f f|R",
            [0, 9, 10, 15],
        ),
        (([0, 4, 5, 6], "|", [5], "", "", 0, True), "a|b|c|d e f", [0, 1, 2, 3]),
        (([0, 4, 5, 6], "|", [8], "L", "R", 1, True), "L|a|b|c|d|R L|e|R L|f|R", [0, 1, 2, 3]),
        (([0, 1, 6], "|", [2]), "b|c c|d d|e e|f", [0, 0, 4]),
    ],
)
def test_ngrams(arguments, ngrams, splits):
    assert lists(string.ngrams(WORDS, *arguments)) == [ngrams.split(), splits]


@pytest.mark.parametrize(
    ("texts", "options", "indices", "values", "shape"),
    [
        (["how are", "a  b ", ""], {}, [[0, 0], [0, 1], [1, 0], [1, 1]], "how are a b", [3, 2]),
        (["a,b c", "d"], {"delimiter": ", "}, [[0, 0], [0, 1], [0, 2], [1, 0]], "a b c d", [2, 3]),
        (["abc", "d"], {"delimiter": ""}, [[0, 0], [0, 1], [0, 2], [1, 0]], "a b c d", [2, 3]),
        ([], {}, [], "", [0, 0]),
    ],
)  # fmt: skip
def test_split(texts, options, indices, values, shape):
    texts = tfpy.tensor(texts, dtype="string")
    assert lists(string.split(texts, **options)) == [indices, values.split(), shape]


def test_split_keeps_empty_parts_when_asked():
    _, values, shape = string.split(["a  b ", ""], skip_empty=False)
    assert values.tolist() == ["a", "", "b", ""]
    assert shape.tolist() == [2, 4]


def test_regex_replace():
    texts = tfpy.tensor([["banana"], ["kiwi"]])
    assert string.regex_replace(texts, "a(n)", r"<\1>").tolist() == [["b<n><n>a"], ["kiwi"]]
    assert string.regex_replace("banana", "an", "", replace_global=False).tolist() == "bana"


def test_hash_buckets_are_those_of_tensorflow():
    texts = ["hello", "world", "café", ""]
    assert string.to_hash_bucket_fast(texts, 1000).tolist() == [296, 598, 587, 263]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 11160318154034397263),
        (3, 4662423180930907492),
        (7, 5759834791111993764),
        (16, 9140634717936656744),
        (32, 11907377154618496232),
        (64, 389040666157116578),
        (65, 8638051931306504420),
        (300, 16122021424968347411),
    ],
)
def test_fingerprints_are_those_of_tfjs(size, expected):
    assert fingerprint64(bytes((7 * i + 3) % 256 for i in range(size))) == expected


# ---------------------------------------------------------------------------------------- sparse


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            ([[0, 0], [1, 0], [1, 3], [1, 4], [3, 2], [3, 3]], [0, 10, 13, 14, 32, 33], [5, 6]),
            [
                [[0, 0], [1, 0], [1, 3], [1, 4], [2, 0], [3, 2], [3, 3], [4, 0]],
                [0, 10, 13, 14, -1, 32, 33, -1],
                [False, False, True, False, True],
                [0, 1, 2, 3, 5, 6],
            ],
        ),
        (
            ([[2, 0], [0, 1]], [1, 2], [3, 6]),
            [[[0, 1], [1, 0], [2, 0]], [2, -1, 1], [False, True, False], [2, 0]],
        ),
    ],
)
def test_fill_empty_rows(given, expected):
    assert lists(sparse.fill_empty_rows(*given, -1)) == expected


def test_fill_empty_rows_of_nothing():
    nothing = tfpy.zeros((0, 2), "int32"), tfpy.zeros((0,))
    assert lists(sparse.fill_empty_rows(*nothing, [2, 6], -1.0)) == [
        [[0, 0], [1, 0]], [-1.0, -1.0], [True, True], []]  # fmt: skip


def test_reshape():
    indices = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 2, 3]]
    found = sparse.reshape(indices, [2, 3, 6], [9, -1])
    assert lists(found) == [[[0, 0], [0, 1], [1, 2], [4, 2], [8, 1]], [9, 4]]


def test_segments():
    data = tfpy.tensor([[1.0, 2.0], [-1.0, -2.0], [5.0, 6.0]])
    assert sparse.segment_sum(data, [0, 1, 2, 2], [0, 0, 2, 2]).tolist() == [
        [0, 0],
        [0, 0],
        [10, 12],
    ]
    assert sparse.segment_mean(data, [0, 1, 2, 2], [0, 0, 2, 2]).tolist() == [
        [0, 0],
        [0, 0],
        [5, 6],
    ]
    assert sparse.segment_mean([1, 2], [0, 1], [0, 0]).tolist() == [1.5]
    assert sparse.segment_sum(data, tfpy.zeros((0,), "int32"), tfpy.zeros((0,), "int32")).shape == (
        0,
        2,
    )


def test_gradients_of_values(use_backend):
    use_backend("numpy")
    values = tfpy.tensor([1.0, 2.0], dtype="float64")
    default = tfpy.tensor(3.0, dtype="float64")

    def filled(values, default):
        return sparse.fill_empty_rows([[2, 0], [0, 1]], values, [3, 6], default)[1] ** 2.0

    check_grads(filled, [values, default], order=2)
    rows = tfpy.tensor([[1.0, 2.0], [3.0, 4.0]], dtype="float64")
    check_grads(lambda x: sparse.segment_mean(x, [0, 1, 1], [0, 1, 1]) ** 2.0, [rows], order=2)
    check_grads(lambda x: tfpy.ragged_gather([[0, 1, 2]], x, [1, 1])[1] ** 2.0, [rows], order=2)


# ---------------------------------------------------------------------------------------- ragged


def test_ragged_range():
    assert lists(tfpy.ragged_range([0, 5, 8], [8, 7, 8], [2, 1, 1])) == [
        [0, 4, 6, 6], [0, 2, 4, 6, 5, 6]]  # fmt: skip
    assert lists(tfpy.ragged_range(0, [3, 0, -2], -1)) == [[0, 0, 0, 2], [0, -1]]
    splits, values = tfpy.ragged_range([0.0, 1.0], [1.0, 0.0], [0.3, -0.25])
    assert splits.tolist() == [0, 4, 8]
    assert_close(values.numpy(), [0, 0.3, 0.6, 0.9, 1, 0.75, 0.5, 0.25], 1e-6)


@pytest.mark.parametrize(
    ("splits", "indices", "expected", "values"),
    [
        ([[0, 3, 3, 5, 6]], [2, 1, 0, 3], [[0, 2, 2, 5, 6]], [4, 5, 1, 2, 3, 6]),
        ([[0, 3, 3, 5, 6]], [[2, 1], [0, 3]], [[0, 2, 4], [0, 2, 2, 5, 6]], [4, 5, 1, 2, 3, 6]),
        (
            [[0, 1, 3, 3, 5, 6], [0, 0, 2, 3, 5, 8, 9]],
            [2, 1, 0, 3],
            [[0, 0, 2, 3, 5], [0, 2, 3, 3, 5, 8]],
            [1, 2, 3, 4, 5, 6, 7, 8],
        ),
    ],
)
def test_ragged_gather(splits, indices, expected, values):
    dense = NINE[: splits[-1][-1]]
    assert lists(tfpy.ragged_gather(splits, dense, indices)) == [expected, values]


D = 1.5
ROWS = [[1, 2, 3, D], [D, D, D, D], [4, 5, 6, 7], [8, 9, D, D]]
INNER, LAST = [0, 1, 1, 3, 3, 4], [[9, D, D], [D, D, D]]
CUBE = [[[D, D, D]] * 2, [[1, 2, D], [3, D, D]], [[D, D, D]] * 2, [[4, 5, D], [6, 7, 8]]]


@pytest.mark.parametrize(
    ("shape", "partitions", "kinds", "expected"),
    [
        ((4, 4), [4, [0, 0, 0, 2, 2, 2, 2, 3, 3]], ["FIRST_DIM_SIZE", IDS], ROWS),
        ((4, 4), [[0, 0, 0, 2, 2, 2, 2, 3, 3]], [IDS], ROWS),
        ((4, 4), [[0, 3, 3, 7, 9]], [SPLITS], ROWS),
        ((), [[0, 3, 3, 7, 9]], [SPLITS], ROWS),
        ((-1, 2), [[0, 3, 3, 7, 9]], [SPLITS], [row[:2] for row in ROWS]),
        ((4, 2, 3), [5, INNER, [1, 1, 2, 3, 3, 4, 4, 4, 5]], ["FIRST_DIM_SIZE", IDS, IDS], CUBE),
        (-1, [[0, 1, 3, 3, 5, 6], [0, 0, 2, 3, 5, 8, 9]], [SPLITS] * 2, [*CUBE, LAST]),
    ],
)  # fmt: skip
def test_ragged_to_dense(shape, partitions, kinds, expected):
    assert tfpy.ragged_tensor_to_tensor(shape, NINE, D, partitions, kinds).tolist() == expected


def test_a_default_for_values_with_axes():
    values = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    found = tfpy.ragged_tensor_to_tensor((3, 2, 2), values, [8.0, 9.0], [[0, 2, 2, 3]], [SPLITS])
    assert found.tolist() == [[[1, 2], [3, 4]], [[8, 9], [8, 9]], [[5, 6], [8, 9]]]


def test_ragged_words():
    found = tfpy.ragged_tensor_to_tensor((), ["a", "b", "c"], "", [[0, 2, 3]], [SPLITS])
    assert found.tolist() == [["a", "b"], ["c", ""]]


# -------------------------------------------------------------------------------------- refusals


def dense(shape, values, partitions, kinds=(SPLITS,)):
    return tfpy.ragged_tensor_to_tensor(shape, values, 0, partitions, kinds)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: string.split([1]), tfpy.DTypeError, "split: x must be strings"),
        (lambda: string.split([["a"]]), tfpy.ShapeError, "split: x must have rank 1"),
        (lambda: string.split(["a"], 1), tfpy.ArgumentError, "delimiter"),
        (lambda: string.regex_replace(["a"], "(", ""), tfpy.ArgumentError, "pattern"),
        (lambda: string.regex_replace(["a"], "a", r"\2"), tfpy.ArgumentError, "rewrite"),
        (lambda: string.to_hash_bucket_fast(["a"], 0), tfpy.ArgumentError, "num_buckets"),
        (lambda: string.ngrams(["a"], [0, 2]), tfpy.ArgumentError, "data_splits must rise"),
        (lambda: string.ngrams(["a"], [0.0, 1.0]), tfpy.DTypeError, "data_splits"),
        (lambda: string.ngrams(["a"], [0, 1], ngram_widths=[0]), tfpy.ArgumentError, "widths"),
        (lambda: sparse.fill_empty_rows([[3, 0]], [1], [3, 6], 0), tfpy.ArgumentError, "outside"),
        (lambda: sparse.fill_empty_rows([[0]], [1], [3, 6], 0), tfpy.ShapeError, "do not fit"),
        (lambda: sparse.fill_empty_rows([[0, 0]], [1, 2], [3, 6], 0), tfpy.ShapeError, "values"),
        (lambda: sparse.reshape([[0, 0]], [2, 3], [4, -1]), tfpy.ShapeError, "6 elements"),
        (lambda: sparse.reshape([[0, 0]], [2, 3], [-1, -1]), tfpy.ShapeError, "not a shape"),
        (lambda: sparse.reshape([[0, 5]], [2, 3], [6]), tfpy.ArgumentError, "outside"),
        (lambda: sparse.segment_sum([1.0], [0, 0], [1, 0]), tfpy.ArgumentError, "sorted"),
        (lambda: sparse.segment_sum([1.0], [1], [0]), tfpy.ArgumentError, "outside"),
        (lambda: sparse.segment_sum([1.0], [0], [0, 1]), tfpy.ShapeError, "do not fit"),
        (lambda: sparse.segment_mean(["a"], [0], [0]), tfpy.DTypeError, "string"),
        (lambda: tfpy.ragged_range([0, 1], [1], 1), tfpy.ShapeError, "lengths"),
        (lambda: tfpy.ragged_range(0, 1, 0), tfpy.ArgumentError, "delta"),
        (lambda: tfpy.ragged_range([True], 1), tfpy.DTypeError, "starts"),
        (lambda: tfpy.ragged_gather([[0, 2]], [1.0], [0]), tfpy.ArgumentError, "row splits"),
        (lambda: tfpy.ragged_gather([[0, 1]], [1.0], [1]), tfpy.ArgumentError, "outside"),
        (lambda: tfpy.ragged_gather([], [1.0], [0]), tfpy.ShapeError, "row splits"),
        (lambda: dense((), [1], [[0, 1]], ["SPLIT"]), tfpy.ArgumentError, "types"),
        (lambda: dense((), [1], [[0, 2]]), tfpy.ArgumentError, "row splits"),
        (lambda: dense((), [1, 2], [[1, 0]], [IDS]), tfpy.ArgumentError, "sorted"),
        (lambda: dense((2,), [1], [[0, 1]]), tfpy.ShapeError, "shape"),
    ],
)  # fmt: skip
def test_refusing(call, error, text):
    with pytest.raises(error, match=text):
        call()
