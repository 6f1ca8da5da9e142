"""One layer of tfpy beside the same layer of Keras 3, compared in every respect.

A `Case` names a class of `keras.layers`, its arguments and its inputs; each of `ASPECTS` is a
function of a case that fails where tfpy is not what Keras is:

    case("Dense", (2, 3), units=4)                  one input of drawn floats
    case("Add", [(2, 3), (2, 3)])                   a list of inputs
    case("Embedding", np.array([[1, 0]]), input_dim=2, output_dim=3)
    case("Attention", [(2, 3, 4)] * 2, call={"use_causal_mask": True})
    case("BatchNormalization", (4, 3), in_training=True)

`in_training` compares training too: not for layers that draw random numbers then.
"""

from __future__ import annotations

import functools
import inspect
import json
import zlib
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tests.samples import TOLERANCES
from tfpy import Variable
from tfpy.io import dialect
from tfpy.testing import assert_close, check_grads

#: What every layer takes in Keras, and tfpy's base class takes or does without.
BASE_ARGUMENTS = {"name", "dtype", "trainable", "autocast", "activity_regularizer"}
#: What every layer takes in tfpy, and Keras takes unnamed.
BASE_ARGUMENTS |= {"input_shape", "batch_input_shape"}
#: What tfpy has not, in any layer: training and quantizing parts of very large models.
BASE_ARGUMENTS |= {
    *("lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size"),
    "flash_attention",
}
#: Arguments by which tfpy deliberately differs from Keras, and why.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("CategoryEncoding", "sparse"): "Keras does not serialize it; sparse results are refused",
    ("BatchNormalization", "synchronized"): "there is one device",
    ("BatchNormalization", "renorm"): "batch renormalization is new in Keras and not here",
    ("BatchNormalization", "renorm_clipping"): "batch renormalization is new in Keras and not here",
    ("BatchNormalization", "renorm_momentum"): "batch renormalization is new in Keras and not here",
    ("AveragePooling1D", "pool_size"): "Keras requires what it has a default for in MaxPooling",
    ("AveragePooling2D", "pool_size"): "the same",
    ("AveragePooling3D", "pool_size"): "the same",
    ("LayerNormalization", "rms_scaling"): "deprecated in Keras: RMSNormalization does it",
    ("Conv3DTranspose", "output_padding"): "Keras alone has it elsewhere than in other ranks",
    ("DepthwiseConv1D", "kernel"): "depthwise_kernel, as that of DepthwiseConv2D",
    ("DepthwiseConv2D", "kernel"): "depthwise_kernel in the files of TF.js and Keras 2",
}


class Case(NamedTuple):
    """A layer, what it is made with and called on."""

    cls: type
    oracle: type
    arguments: dict[str, Any]
    inputs: tuple[Any, ...]
    single: bool
    spread: bool
    call: dict[str, Any]
    in_training: bool
    grad_order: int
    tolerance: str

    @property
    def id(self) -> str:
        """A readable name."""
        given = "-".join(f"{k}={v}" for k, v in self.arguments.items())
        shapes = ",".join("x".join(map(str, x.shape)) for x in self.inputs)
        return f"{self.cls.__name__}-{shapes}-{given}".replace(" ", "")


def case(
    name: str,
    inputs: Any,
    *,
    cls: type | None = None,
    spread: bool = False,
    call: dict[str, Any] | None = None,
    in_training: bool = False,
    grad_order: int = 2,
    tolerance: str = "contraction",
    **arguments: Any,
) -> Case:
    """A case of `keras.layers.<name>`.

    Args:
        name: of the class in Keras, and in tfpy unless `cls` is given.
        inputs: a shape or an array, or a list of them for a layer of several inputs.
        spread: whether several inputs are given one by one, not as a list.
        call: further arguments of the call, arrays among them.
        in_training: whether training is determined by the inputs, and is compared too.
        grad_order: to which order gradients are checked, 0 for not at all.
        tolerance: a row of `TOLERANCES`.
        arguments: of the constructor.
    """
    single = not isinstance(inputs, list)
    arrays = tuple(_array(x, i) for i, x in enumerate([inputs] if single else inputs))
    own = cls or getattr(tfpy.layers, name)
    # Keras's takes query and value one by one.
    spread = spread or name == "MultiHeadAttention"
    return Case(
        own, getattr(keras.layers, name), arguments, arrays, single, spread, call or {},
        in_training, grad_order, tolerance,
    )  # fmt: skip


def _array(given: Any, position: int) -> Any:
    if isinstance(given, np.ndarray):
        return given
    rng = np.random.default_rng(zlib.crc32(f"{given}{position}".encode()))
    return rng.uniform(-2.0, 2.0, given).astype(np.float32)


# ------------------------------------------------------------------------------- running both


def _arrange(c: Case, inputs: Any) -> tuple[Any, ...]:
    """The positional arguments of a call."""
    if c.single:
        return (inputs[0],)
    return tuple(inputs) if c.spread else (list(inputs),)


def build(c: Case, **more: Any) -> Any:
    """tfpy's layer, built on the case's inputs, with the oracle's weights."""
    layer = c.cls(**c.arguments, **more)
    dtype = more.get("dtype")
    cast = [tfpy.tensor(x, dtype=dtype if x.dtype.kind == "f" else None) for x in c.inputs]
    layer(*_arrange(c, cast), **c.call)
    layer.set_weights([w.astype(dtype or w.dtype) for w in oracle(c)[1]])
    return layer


@functools.cache
def _oracle(key: int) -> Any:
    c = _CASES[key]
    layer = c.oracle(**c.arguments)
    layer(*_arrange(c, c.inputs), **c.call)
    rng = np.random.default_rng(5)
    # Neither 0 nor 1, by which a bug could hide; variances are positive.
    weights = [
        rng.uniform(0.2, 1.2, w.shape).astype(w.dtype) if w.dtype.kind == "f" else w
        for w in _weights(layer)
    ]
    _set(layer, weights)
    return layer, weights


def _weights(layer: Any) -> list[Any]:
    """The values of a layer of Keras; seeds of random layers are weights there."""
    return [np.asarray(w.value) for w in layer.weights if "seed" not in w.path]


def _set(layer: Any, values: list[Any]) -> None:
    kept = [w for w in layer.weights if "seed" not in w.path]
    for variable, value in zip(kept, values, strict=True):
        variable.assign(value)
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()


_CASES: dict[int, Case] = {}


def oracle(c: Case) -> Any:
    """Keras's layer and the weights it was given."""
    _CASES[id(c)] = c
    return _oracle(id(c))


def _flat(y: Any) -> list[Any]:
    return [part for item in y for part in _flat(item)] if isinstance(y, (list, tuple)) else [y]


def _compare(c: Case, got: Any, want: Any) -> None:
    rtol, atol = TOLERANCES[c.tolerance]
    got, want = _flat(got), _flat(want)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        b = np.asarray(b)
        assert a.dtype.is_floating == (b.dtype.kind == "f"), (a.dtype, b.dtype)
        assert_close(a.numpy(), b, rtol, atol * max(1.0, float(np.abs(b).max(initial=0))))


# ---------------------------------------------------------------------------------- the aspects


_REST = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


def _arguments(cls: type) -> dict[str, Any]:
    """The arguments that the class itself names, with their defaults, in order."""
    found = inspect.signature(cls).parameters.values()
    return {p.name: _for_each(p.default) for p in found if p.kind not in _REST}


def _for_each(value: Any) -> Any:
    """A default, where (2, 2) says of two axes what 2 says."""
    if not isinstance(value, (list, tuple)) or not value:
        return value
    each = [_for_each(v) for v in value]
    return each[0] if all(v == each[0] for v in each) else each


def check_signature(c: Case) -> None:
    """Arguments have Keras's names, defaults and order; those of a base class may go unnamed."""
    ignored = BASE_ARGUMENTS | {a for cls, a in DIFFERENCES if cls == c.oracle.__name__}
    own = {k: v for k, v in _arguments(c.cls).items() if k not in ignored}
    wanted = {k: v for k, v in _arguments(c.oracle).items() if k not in ignored}
    assert [k for k in own if k not in wanted] == [], "Keras lacks this"
    assert list(own) == [k for k in wanted if k in own], "in another order"
    assert own == {k: wanted[k] for k in own}
    for name in wanted.keys() - own.keys():
        c.cls(**{**c.arguments, name: c.arguments.get(name, wanted[name])})


def check_config(c: Case) -> None:
    """Both configurations agree, and each side makes its layer of either."""
    layer = build(c)
    own = json.loads(json.dumps(layer.get_config()))
    config = json.loads(json.dumps(c.oracle(**c.arguments).get_config()))
    mine, other = _meaning(own), _meaning(config)
    assert {k: mine[k] for k in mine.keys() & other.keys() - {"name"}} == {
        k: other[k] for k in mine.keys() & other.keys() - {"name"}
    }
    ignored = BASE_ARGUMENTS | {a for cls, a in DIFFERENCES if cls == c.oracle.__name__}
    assert other.keys() - own.keys() <= ignored
    assert c.cls.from_config(own).get_config() == layer.get_config()
    # A few layers of Keras do not take the arguments of all layers.
    again = c.oracle.from_config({k: v for k, v in own.items() if k in config or k != "trainable"})
    assert _meaning(json.loads(json.dumps(again.get_config()))) == _meaning(
        {**config, "name": own["name"]}
    )
    if c.cls.__name__ in tfpy.layers.CLASSES:
        entry = {"class_name": c.oracle.__name__, "config": config}
        read = dialect.read_topology({"keras_version": "3", "model_config": entry})
        found = json.loads(json.dumps(c.cls.from_config(read["config"]).get_config()))
        assert _meaning({**found, "name": ""}) == _meaning({**own, "name": ""})


def _meaning(value: Any, key: str = "") -> Any:
    """What a part of a configuration says, however it is spelled."""
    if isinstance(value, dict) and "class_name" in value:
        if value["class_name"] == "DTypePolicy":
            return value["config"]["name"]
        if key.endswith("initializer"):
            made = keras.initializers.get({**value, "module": "keras.initializers"})
            kept = {k: v for k, v in vars(made).items() if k in ("scale", "mode", "distribution")}
            return kept or [type(made).__name__, made.get_config()]
    if isinstance(value, dict):
        return {k: _meaning(v, k) for k, v in value.items() if v is not None}
    return [value] if key == "axis" and isinstance(value, int) else value


def check_weights(c: Case) -> None:
    """Weights have Keras's names, shapes, order and trainability."""
    layer, (theirs, _) = build(c), oracle(c)
    mine = [(v.name.rsplit("/", 1)[-1], v.shape, v.trainable) for v in layer.weights]
    other = [(w.name, w.shape, w.trainable) for w in theirs.weights if "seed" not in w.path]
    different = {name for cls, name in DIFFERENCES if cls == c.oracle.__name__}
    assert [m[1:] for m in mine] == [m[1:] for m in other]
    assert [m[0] for m in mine] == [
        m[0] if n in different else n for m, (n, *_) in zip(mine, other, strict=True)
    ]


def check_values(c: Case) -> None:
    """Outputs are Keras's, out of training and in it, and so are the weights afterwards."""
    layer, (theirs, weights) = build(c), oracle(c)
    inputs = [tfpy.tensor(x) for x in c.inputs]
    takes = "training" in inspect.signature(theirs.call).parameters
    for training in _trainings(c):
        got = layer(*_arrange(c, inputs), training=training, **c.call)
        options = {**c.call, "training": training} if takes else c.call
        _compare(c, got, theirs(*_arrange(c, c.inputs), **options))
        _compare(c, [v.value for v in layer.weights], _weights(theirs))
    _set(theirs, weights)


def _trainings(c: Case) -> tuple[bool, ...]:
    """With and without training, where that is determined."""
    return (False, True) if c.in_training else (False,)


def check_shape(c: Case) -> None:
    """Shapes and dtypes are foretold, with as many unknown sizes as Keras can do with."""
    layer, (theirs, _) = build(c), oracle(c)
    out = layer(*_arrange(c, [tfpy.tensor(x) for x in c.inputs]), **c.call)
    shapes = [tuple(x.shape) for x in c.inputs]
    for opened in _opened(shapes):
        wanted = _shape(c, theirs, opened)
        if wanted is not None:
            _agree(_shape(c, layer, opened), wanted)
    # Arguments of the call may ask for further outputs.
    foretold = _as_shapes(layer.compute_output_shape(*_arrange(c, shapes)))
    assert foretold == [tuple(y.shape) for y in _flat(out)][: len(foretold)]
    fresh = c.cls(**c.arguments)
    keras_inputs = [
        tfpy.layers.Input(batch_shape=(None, *x.shape[1:]), dtype=str(x.dtype)) for x in c.inputs
    ]
    drawn = _flat(fresh(*_arrange(c, keras_inputs), **c.call))
    assert [y.dtype for y in drawn] == [y.dtype for y in _flat(out)]
    assert [y.shape[1:] for y in drawn] == [y.shape[1:] for y in _flat(out)]


def _agree(mine: list[Any], wanted: list[Any]) -> None:
    """Keras may know less."""
    assert [len(s) for s in mine] == [len(s) for s in wanted]
    for own, theirs in zip(mine, wanted, strict=True):
        assert all(m == n or n is None for m, n in zip(own, theirs, strict=True)), (mine, wanted)


def _opened(shapes: list[Any]) -> list[list[Any]]:
    """`shapes` with the batch, one axis, and all axes but the last of unknown size."""
    ranks = max(len(s) for s in shapes)
    found = [[(None, *s[1:]) for s in shapes]]
    for axis in range(1, ranks):
        found.append(
            [tuple(None if i in (0, axis) else n for i, n in enumerate(s)) for s in shapes]
        )
    found.append([(*(None,) * (len(s) - 1), s[-1]) for s in shapes])
    return found


def _shape(c: Case, layer: Any, shapes: list[Any]) -> Any:
    """The foretold shapes; None where Keras cannot foretell them."""
    try:
        return _as_shapes(layer.compute_output_shape(*_arrange(c, shapes)))
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        if isinstance(layer, tfpy.layers.Layer):
            raise
        return None


def _as_shapes(value: Any) -> list[Any]:
    several = len(value) and isinstance(value[0], (list, tuple))
    return [s for item in value for s in _as_shapes(item)] if several else [tuple(value)]


def check_gradients(c: Case) -> None:
    """Gradients to inputs and trainable weights are those of finite differences, in float64."""
    if not c.grad_order:
        return
    layer = build(c, dtype="float64")
    floats = [i for i, x in enumerate(c.inputs) if x.dtype.kind == "f"]
    weights = layer.trainable_weights

    def function(*xs: Any) -> Any:
        inputs = [tfpy.tensor(x) for x in c.inputs]
        for i, x in zip(floats, xs, strict=False):
            inputs[i] = x
        with _values(layer, weights, xs[len(floats) :]):
            y = layer(*_arrange(c, inputs), training=c.in_training, **c.call)
        return sum((part * part).sum() for part in _flat(y))  # type: ignore[misc]

    points = [*(c.inputs[i].astype(np.float64) for i in floats), *(v.numpy() for v in weights)]
    if points:
        check_grads(function, points, order=c.grad_order, tolerance=1e-5)


@contextmanager
def _values(layer: Any, variables: Any, tensors: Any) -> Any:
    """Within, `tensors` stand where the layer and those inside it hold `variables`."""
    by_id = {v.id: x for v, x in zip(variables, tensors, strict=True)}
    changed = []
    for part in _parts(layer):
        for name, value in vars(part).items():
            if isinstance(value, Variable) and value.id in by_id:
                changed.append((part, name, value))
    for part, name, value in changed:
        setattr(part, name, by_id[value.id])
    try:
        yield
    finally:
        for part, name, value in changed:
            setattr(part, name, value)


def _parts(layer: Any) -> list[Any]:
    return [layer, *(p for inner in layer.sublayers() for p in _parts(inner))]


def check_plan(c: Case) -> None:
    """A plan gives what eager execution gives."""
    layer = build(c)
    for training in _trainings(c):
        options = {**c.call, "training": training}
        planned = tfpy.function(lambda *xs, o=options: layer(*_arrange(c, xs), **o))
        inputs = [tfpy.tensor(x) for x in c.inputs]
        weights = layer.get_weights()
        got = planned(*inputs)
        after = layer.get_weights()
        layer.set_weights(weights)
        want = layer(*_arrange(c, inputs), **options)
        _compare(c, got, [y.numpy() for y in _flat(want)])
        for a, b in zip(after, layer.get_weights(), strict=True):
            assert_close(a, b, *TOLERANCES[c.tolerance])


#: Compared on NumPy only: they do not depend on what computes.
ASPECTS = {
    "signature": check_signature,
    "config": check_config,
    "weights": check_weights,
    "shape": check_shape,
    "gradients": check_gradients,
}
#: Compared on every backend.
COMPUTED = {"values": check_values, "plan": check_plan}


def by_case(aspects: dict[str, Any], cases: list[Any]) -> Any:
    """A test's parameters `aspect` and `given`: every aspect of every case."""
    rows = [pytest.param(a, c, id=f"{a}-{c.id}") for c in cases for a in aspects]
    return pytest.mark.parametrize(("aspect", "given"), rows)
