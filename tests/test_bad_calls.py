"""Any arguments at all: every public operation answers rightly or with a typed error.

The parameters' kinds are told by their names and annotations, and what is drawn for them is often
wrong: in rank, dtype, size, range or type. Whatever NumPy's kernels answer, WebGL's must too.
"""

import asyncio
import contextlib
import inspect
import signal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tfpy
from tests import operations
from tests.oracle import ours
from tests.oracle.row import draw_cases
from tests.oracle.rows import creation, host, indexing, movement
from tests.samples import TOLERANCES
from tfpy import spec
from tfpy.registry import OPS
from tfpy.testing import assert_close

#: Calls per operation.
EXAMPLES = 30
#: Long enough for a slow machine to compile a program, short enough to notice a hang.
SECONDS = 30

# ------------------------------------------------------------------------------------ arguments

sizes = st.sampled_from([0, 1, 1, 2, 2, 3, 4, 5])
integers = st.one_of(
    st.integers(-3, 6), st.integers(1, 3), st.sampled_from([2**31 - 1, -(2**31), 10**12, 2**64])
)
lists = st.lists(integers, max_size=5)
numbers = st.one_of(st.floats(-3, 3), st.sampled_from([float("nan"), float("inf"), 1e300]))
dtypes = st.sampled_from(["float32", "float32", "int32", "bool", "float16", None, 7])
words = st.sampled_from(
    ["valid", "same", "channels_last", "channels_first", "constant", "reflect", "symmetric"]
    + [
        "linear",
        "relu",
        "prelu",
        "left",
        "right",
        "nearest",
        "bilinear",
        "xy",
        "fro",
        "nonsense",
        "",
    ]
)
pads = st.lists(st.lists(st.integers(-1, 3), min_size=1, max_size=3), max_size=4)


@st.composite
def tensors(draw):
    """An array, as most arguments are; of any rank, more often of the ranks of images."""
    rank = draw(st.sampled_from([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]))
    shape = [draw(sizes) for _ in range(rank)]
    rng = np.random.default_rng(draw(st.integers(0, 5)))
    values = rng.integers(-2, 5, shape)
    return np.asarray(values, draw(st.sampled_from(["float32", "float32", "int32", "bool"])))


anything = st.one_of(tensors(), integers, lists, numbers, words, st.none(), st.booleans())
#: What a parameter is by its name, else by its annotation.
BY_NAME = {
    "dtype": dtypes,
    "padding": st.one_of(words, integers, pads),
    "paddings": pads,
    "shape": st.one_of(lists, integers),
    "batch_shape": lists,
    "xs": st.lists(tensors(), max_size=3),
    "values": anything,
    "seed": st.one_of(st.integers(0, 9), st.none()),
}
BY_ANNOTATION = {
    "bool": st.booleans(),
    "float": numbers,
    "int": integers,
    "Axis": st.one_of(integers, lists, st.none()),
    "Ints": st.one_of(integers, lists),
    "str": words,
    "Any": tensors(),
    "Sequence[Sequence[int]]": pads,
    "Sequence[int]": lists,
}


def strategy(parameter):
    """What to draw for a parameter: seldom anything at all, else what it might be."""
    kind = str(parameter.annotation).split(" | ")[0]
    likely = BY_NAME.get(parameter.name, BY_ANNOTATION.get(kind, anything))
    choices = [likely] * 8 + [anything]
    if parameter.default is not inspect.Parameter.empty:
        choices += [st.just(parameter.default)] * 8
    return st.one_of(choices)


# ---------------------------------------------------------------------------------------- calls


def answer(function, arguments):
    """Outputs as arrays, or the typed error. Anything else fails the test."""
    made = [
        [tfpy.tensor(v) if isinstance(v, np.ndarray) else v for v in a]
        if isinstance(a, list)
        else tfpy.tensor(a)
        if isinstance(a, np.ndarray)
        else a
        for a in arguments
    ]
    try:
        result = function(*made)
        result = asyncio.run(result) if inspect.iscoroutine(result) else result
    except tfpy.TfpyError as error:
        return error
    return [x.numpy() for x in tensors(result)]


def tensors(result):
    """The tensors of a result, which may be lists of lists; `print` gives nothing."""
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in tensors(part)]
    return [] if result is None else [result]


@contextlib.contextmanager
def no_hang():
    """Fail instead of waiting for ever."""

    def alarm(*_):
        raise AssertionError(f"no answer after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


#: Shaders know no angle beyond 100,000; tests/samples says how near the others come.
PERIODIC = {"sin", "cos", "tan"}
#: Of vectors that depend on each other rounding alone is left, and made as long as the others.
ILL_POSED = {"gram_schmidt"}


def agree(function, arguments):
    """Fail unless the backends answer the call alike, or both refuse it and name the operation."""
    if function.__name__ in PERIODIC and not isinstance(arguments[0], np.ndarray):
        return
    tfpy.set_backend("numpy")
    here = answer(function, arguments)
    tfpy.set_backend("webgl")
    there = answer(function, arguments)
    if isinstance(here, tfpy.TfpyError):
        assert type(there) is type(here), f"NumPy's refuses it ({here}), WebGL's says {there}"
        assert named(function, here), f"{here} does not tell which operation it was"
        return
    assert not isinstance(there, tfpy.TfpyError), f"WebGL's refuses it: {there}"
    for a, b in zip(here, there, strict=True):
        assert a.dtype == b.dtype
        random = "seed" in inspect.signature(function).parameters
        if random or function.__name__ in ILL_POSED:
            assert a.shape == b.shape
        elif a.dtype == object:
            assert a.tolist() == b.tolist()
        else:
            assert_close(b, a, *TOLERANCES["gradient"])


@pytest.mark.parametrize("function", [pytest.param(f, id=n) for n, f in operations.public()])
def test_any_call_is_answered_or_refused(function, use_backend):
    parameters = inspect.signature(function).parameters.values()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*map(strategy, parameters)))
    def check(arguments):
        with no_hang(), np.errstate(all="ignore"):
            agree(function, arguments)

    check()


# ------------------------------------------------------------------------------ extreme values

#: Functions whose results may be as large as a number says.
SIZED = [*creation.ROWS, *movement.ROWS, *indexing.ROWS, *host.ROWS]
#: Valid calls of each, every integer of which is made extreme in turn.
VALID = 3
EXTREMES = (2**31 - 1, -(2**31), 2**24)


def extreme(value):
    """`value`, arguments of a call, with one of its integers made extreme: each, and each way."""
    if type(value) is int or (isinstance(value, np.ndarray) and value.dtype == np.int32):
        flat = np.atleast_1d(value).ravel()
        for i in {0, flat.size - 1} & set(range(flat.size)):
            for x in EXTREMES:
                changed = np.where(np.arange(flat.size) == i, x, flat)
                yield x if type(value) is int else changed.reshape(value.shape).astype(np.int32)
    elif isinstance(value, (list, tuple)):
        for i, part in enumerate(value):
            yield from ([*value[:i], changed, *value[i + 1 :]] for changed in extreme(part))


def test_sizes_out_of_all_proportion_are_refused_soon(monkeypatch, use_backend):
    """Sizes that are values of tensors too: no operation counts up to them first."""
    use_backend("numpy")
    # Less than the extremes, that what is refused is refused by size and not for want of memory.
    monkeypatch.setattr(spec, "MAX_SIZE", 10**6)
    for row in SIZED:
        for case in draw_cases(row, VALID):
            for arguments in extreme(case.args):
                with no_hang(), np.errstate(all="ignore"):
                    ours.evaluate(row, case._replace(args=arguments), gradient=False)


def named(function, error):
    """Whether the message starts with an operation's name, `fused.matmul:` or `add does not`."""
    first = str(error).partition(":")[0].partition(" ")[0].rpartition(".")[2]
    return first in {*OPS, function.__name__}
