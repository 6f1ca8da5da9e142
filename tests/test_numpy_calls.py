"""NumPy's functions on tensors: they give what they give for the tensors' values."""

import inspect

import numpy as np
import pytest

import tfpy

A = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]], "float32")

#: Calls of functions that delegate to methods of the same name, and of others.
CALLS = {
    **{
        name: getattr(np, name)
        for name in (
            *("all", "amax", "amin", "any", "argmax", "argmin", "argsort", "argwhere", "around"),
            *("copy", "cov", "cumprod", "cumsum", "diagonal", "exp", "flip", "isnan"),
            *("iscomplexobj", "max", "mean", "median", "min", "nanmax", "ndim"),
            *("nonzero", "ones_like", "prod", "ptp", "ravel", "result_type", "round", "shape"),
            *("size", "sort", "squeeze", "std", "sum", "trace", "transpose", "unique", "var"),
        )
    },
    "argmax of an axis": lambda x: np.argmax(x, axis=1),
    "argmin of an axis": lambda x: np.argmin(x, axis=0),
    "argpartition": lambda x: np.argpartition(x, 1),
    "block": lambda x: np.block([[x, x], [x, x]]),
    "choose": lambda x: np.choose(x.astype("int32") % 2, [1, 2]),
    "clip": lambda x: np.clip(x, 1, 2),
    "compress": lambda x: np.compress([True, False], x, 0),
    "concatenate": lambda x: np.concatenate([x, x]),
    "cumsum of an axis": lambda x: np.cumsum(x, axis=1),
    "dot": lambda x: np.dot(x, x.T),
    "einsum": lambda x: np.einsum("ij,ij->i", x, x),
    "expand_dims": lambda x: np.expand_dims(x, 0),
    "fft": lambda x: np.fft.fft(x),
    "histogram": lambda x: np.histogram(x, 3),
    "max of an axis": lambda x: np.max(x, axis=0, keepdims=True),
    "mean in float64": lambda x: np.mean(x, axis=0, dtype="float64"),
    "norm": lambda x: np.linalg.norm(x, axis=1),
    "pad": lambda x: np.pad(x, 1),
    "partition": lambda x: np.partition(x, 1),
    "percentile": lambda x: np.percentile(x, 50),
    "put into an array": lambda x: np.copyto(np.zeros((2, 3)), x),
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "resize": lambda x: np.resize(x, (2, 2)),
    "searchsorted": lambda x: np.searchsorted(x[0], 2.0),
    "size of an axis": lambda x: np.size(x, 1),
    "split": lambda x: np.split(x, 2),
    "stack": lambda x: np.stack([x, x], axis=-1),
    "stack with an array": lambda x: np.stack([x, A]),
    "sum into an array": lambda x: np.sum(x, axis=0, out=np.zeros(3, "float32")),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "take": lambda x: np.take(x, [0], axis=1),
    "tile": lambda x: np.tile(x, 2),
    "vstack": lambda x: np.vstack((x, x)),
    "where": lambda x: np.where(x > 2, x, 0),
}


def same(got, want):
    assert type(got) is type(want)
    if isinstance(want, (list, tuple)):
        for g, w in zip(got, want, strict=True):
            same(g, w)
    else:
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize("name", CALLS)
def test_the_result_is_that_of_the_values(name, backend, use_backend):
    use_backend(backend)
    same(CALLS[name](tfpy.tensor(A)), CALLS[name](A))


def test_every_function_of_one_array():
    """Whatever NumPy offers for one array takes a tensor as it takes the array."""
    other = {"empty_like", "array_repr"}  # whatever was in memory, and how a tensor shows itself
    compared = 0
    for name in sorted(set(dir(np)) - other):
        function = getattr(np, name)
        if not hasattr(function, "_implementation") or name.startswith("_"):
            continue
        try:
            parameters = inspect.signature(function).parameters.values()
        except ValueError:
            continue
        needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
        if len(needed) != 1:
            continue
        try:
            want = function(A)
        except Exception:  # not for such an array
            continue
        got = function(tfpy.tensor(A))
        same(got, want)
        compared += 1
    assert compared > 60


def test_a_models_prediction():
    model = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Softmax()])
    predicted = model.predict(A)
    assert np.argmax(predicted, axis=1).tolist() == [2, 2]
    assert np.mean(predicted.argmax(1) == np.array([2, 1])) == 0.5


def test_variables_count_as_tensors():
    assert np.sum(tfpy.Variable([1.0, 2.0])) == 3.0


def test_shapes_need_no_values():
    """So that they can be asked for within a function that is recorded."""
    double = tfpy.function(lambda x: x * float(np.ndim(x) * np.shape(x)[0]))
    assert double(tfpy.ones((2,))).tolist() == [2.0, 2.0]
    with pytest.raises(tfpy.TraceError):
        tfpy.function(lambda x: x * np.sum(x))(tfpy.ones((2,)))


@pytest.mark.parametrize(
    "write",
    [
        lambda x: np.copyto(x, 0.0),
        lambda x: np.fill_diagonal(x, 0.0),
        lambda x: np.put(a=x, ind=[0], v=[0.0]),
        lambda x: np.put_along_axis(x, np.zeros((2, 1), int), 0.0, axis=1),
        lambda x: np.sum(A, axis=0, out=x),
    ],
)
def test_nothing_is_written_into_a_tensor(write):
    x = tfpy.tensor(A)
    with pytest.raises(tfpy.ImmutableError, match="tensors never change"):
        write(x)
    assert x.tolist() == A.tolist()


def test_results_are_the_callers_own():
    x = tfpy.tensor(A)
    np.squeeze(x)[0, 0] = 9.0
    np.transpose(x)[0, 0] = 9.0
    assert x.tolist() == A.tolist()
