"""Wrong arguments: whatever a layer is made with, it works or gives a typed error."""

import inspect

import pytest

import tfpy
from tests.test_layers_keras import CASES
from tests.test_layers_rnn_keras import CASES as RECURRENT

#: The first case of each class.
FIRST = {c.cls.__name__: c for c in reversed([*CASES, *RECURRENT])}
ANYTHING = [
    *(-1, 0, 2, 1.5, -0.5, float("nan"), 1j, 10**12, True, None, object()),
    *("nonsense", "", b"x", (), (0,), (1, 2, 3), [None], {}, {"class_name": "x"}),
]
COUNTS = {
    *("units", "filters", "groups", "depth_multiplier", "input_dim", "output_dim", "num_heads"),
    *("key_dim", "kernel_size", "strides", "pool_size", "dilation_rate", "n", "num_tokens", "size"),
}  # fmt: skip


def arguments(cls):
    """The names of what a class can be made with, and what any layer can."""
    return {
        name
        for base in (cls, tfpy.layers.Layer)
        for name, p in inspect.signature(base).parameters.items()
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }


def call(c, given):
    """Make the layer of a case with other arguments and call it."""
    layer = c.cls(**{**c.arguments, **given})
    inputs = [tfpy.tensor(x) for x in c.inputs]
    if not hasattr(layer, "state_size") or hasattr(layer, "cell"):  # cells need states, too
        layer(inputs[0] if c.single else inputs, **c.call)


@pytest.mark.parametrize("name", FIRST)
def test_any_argument_works_or_is_refused_by_name(name):
    c = FIRST[name]
    wrong = []
    for key in sorted(arguments(c.cls)):
        for value in ANYTHING:
            try:
                call(c, {key: value})
            except tfpy.TfpyError:
                continue
            except Exception as error:  # whatever else is the mistake that is looked for
                wrong.append(f"{key}={value!r}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FIRST)
def test_sizes_are_positive(name):
    c = FIRST[name]
    for key in COUNTS & arguments(c.cls):
        # All channels in one group, in one layer.
        least = [] if (name, key) == ("GroupNormalization", "groups") else [-1]
        for value in (*least, 0, 1.5, "a", object()):
            with pytest.raises(tfpy.ArgumentError, match=key):
                c.cls(**{**c.arguments, key: value})
