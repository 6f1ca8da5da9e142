"""Tensors of strings: made, moved, compared and refused."""

import asyncio

import numpy as np
import pytest

import tfpy


@pytest.fixture(autouse=True, params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)


@pytest.fixture
def words():
    return tfpy.tensor([["a", "bb", "c"], ["d", "e", "é"]])


def test_making(words):
    assert words.dtype == "string"
    assert words.shape == (2, 3)
    assert words.data_sync() == ["a", "bb", "c", "d", "e", "é"]
    assert asyncio.run(words.data()) == words.data_sync()
    assert asyncio.run(words.array()) == words.tolist() == [["a", "bb", "c"], ["d", "e", "é"]]
    assert words[0, 1].item() == "bb"
    assert tfpy.tensor("hi").tolist() == "hi"
    assert tfpy.tensor([b"caf\xc3\xa9"]).tolist() == ["café"]
    assert tfpy.tensor(np.array(["x", "yy"])).tolist() == ["x", "yy"]
    assert tfpy.tensor(["a", "b"], shape=(2, 1)).tolist() == [["a"], ["b"]]
    assert tfpy.fill((2,), "q").tolist() == ["q", "q"]
    assert words.numpy().tolist() == words.tolist()


def test_looks(words):
    assert repr(words[0]) == "tfpy.tensor([ 'a', 'bb',  'c'])"
    assert repr(tfpy.fill((100,), "x")).count("'x'") == 6


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (lambda x: x.T, lambda a: a.T),
        (lambda x: x[1, ::-1], lambda a: a[1, ::-1]),
        (lambda x: x.reshape((3, 2)), lambda a: a.reshape((3, 2))),
        (lambda x: tfpy.concat([x, x], 1), lambda a: np.concatenate([a, a], 1)),
        (lambda x: tfpy.gather(x, [2, 0], 1), lambda a: a[:, [2, 0]]),
        (lambda x: tfpy.tile(x, (2, 1)), lambda a: np.tile(a, (2, 1))),
        (lambda x: tfpy.stack(tfpy.unstack(x)), lambda a: a),
        (lambda x: tfpy.where(x == "c", "z", x), lambda a: np.where(a == "c", "z", a)),
        (lambda x: tfpy.pad(x, [(1, 0), (0, 0)]), lambda a: np.concatenate([[["", "", ""]], a])),
        (lambda x: tfpy.flip(x), lambda a: a[::-1, ::-1]),
    ],
)
def test_moving(words, move, expected):
    assert move(words).tolist() == expected(np.array(words.tolist())).tolist()


def test_comparing(words):
    array = np.array(words.tolist())
    assert (words == "bb").tolist() == (array == "bb").tolist()
    assert (words != words[0]).tolist() == (array != array[0]).tolist()
    assert (words < "c").tolist() == (array < "c").tolist()
    assert tfpy.greater_equal("b", words).tolist() == (array <= "b").tolist()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: x + 1, tfpy.DTypeError, "do not mix"),
        (lambda x: x + x, tfpy.DTypeError, "add does not take string"),
        (lambda x: tfpy.sum(x), tfpy.DTypeError, "sum does not take string"),
        (lambda x: tfpy.argmax(x), tfpy.DTypeError, "argmax does not take string"),
        (lambda x: tfpy.tensor(["a", 1]), tfpy.DTypeError, "string of 1"),
        (lambda x: tfpy.cast(x, "int32"), tfpy.DTypeError, "string cannot become int32"),
        (lambda x: tfpy.cast([1], "string"), tfpy.DTypeError, "int32 cannot become string"),
        (lambda x: tfpy.function(lambda y: y.T)(x), tfpy.TraceError, "strings"),
        (lambda x: tfpy.grad(lambda y: y)(x), tfpy.GradientError, "string"),
    ],
)
def test_refusing(words, call, error, text):
    with pytest.raises(error, match=text):
        call(words)


def test_nothing_stays_on_the_device(words):
    before = tfpy.memory()["num_tensors"]
    assert words.T.tolist()
    assert tfpy.memory()["num_tensors"] == before
