"""The one choke point: every operation on tensors passes through `apply`.

`apply` finds the prepared kernel, runs it, wraps the result and lets the active tapes record it.
This module also holds what `apply` needs to know: the current backend, the tapes, the `tidy`
scopes. It knows no operation by name and no device.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from . import dtypes
from .backends import Backend, create_backend, default_names
from .errors import BackendError, ShapeError, TraceError
from .spec import TensorSpec, check_size
from .tensor import Tensor

if TYPE_CHECKING:
    from .autodiff import Tape
    from .plan.trace import Tracer
    from .registry import Op

T = TypeVar("T")

#: Prepared kernels kept per backend before the table is emptied: a guard against a program that
#: meets a new shape at every call, not a tuning knob.
MAX_PREPARED = 4096
#: Python numbers kept per backend for the next operation that takes one.
MAX_NUMBERS = 256
_SCALAR_SPECS = {dtype: TensorSpec((), dtype) for dtype in dtypes.ALL}


class _State:
    """What is current: one instance, module-private."""

    __slots__ = ("backend", "backends", "scopes", "tapes")

    def __init__(self) -> None:
        self.backend: Backend | None = None
        self.backends: dict[str, Backend] = {}
        self.tapes: list[Tape] = []
        self.scopes: list[list[weakref.ref[Tensor]]] = []


_state = _State()


# ------------------------------------------------------------------------------------- backends


def current_backend() -> Backend:
    """The backend in use; the first available one of this platform is started if none is."""
    if _state.backend is None:
        reasons = []
        for name in default_names():
            try:
                set_backend(name)
                break
            except BackendError as error:
                reasons.append(f"{name}: {error}")
        else:
            raise BackendError("no backend is available here. " + "; ".join(reasons))
    return _state.backend  # type: ignore[return-value]


def set_backend(name: str) -> None:
    """Make `name` ("webgl", "numpy" or a registered one) the backend new tensors are made on.

    Existing tensors stay valid: they move when an operation needs them. Raises `BackendError` when
    the backend is unknown or cannot run here; the current one then stays.

    >>> tfpy.set_backend("numpy")
    >>> tfpy.get_backend()
    'numpy'
    """
    if tracer() is not None:
        raise TraceError("set_backend: the backend cannot change inside a function being traced")
    _state.backend = started(name)


def started(name: str) -> Backend:
    """The backend `name`, started now if it was not."""
    if name not in _state.backends:
        _state.backends[name] = create_backend(name)
    return _state.backends[name]


def started_backends() -> list[str]:
    """The names of the backends that have been started."""
    current_backend()
    return list(_state.backends)


def get_backend() -> str:
    """The name of the backend in use."""
    return current_backend().name


def tracer() -> Tracer | None:
    """The recorder of the function being traced, or None."""
    backend = _state.backend
    return backend if backend is not None and backend.symbolic else None  # type: ignore[return-value]


def swap_backend(new: Backend | None) -> Backend | None:
    """Make `new` current without starting anything, and return what was: for tracing."""
    before, _state.backend = _state.backend, new
    return before


def backend() -> Backend:
    """The backend object in use, for its device description and counters."""
    return current_backend()


async def ready() -> str:
    """Start the best backend of this platform if none is in use, and return its name."""
    return get_backend()


def remove_backend(name: str) -> None:
    """Forget a started backend and free what it holds; tensors that live on it become unusable."""
    removed = _state.backends.pop(name, None)
    if removed is None:
        raise BackendError(f"backend {name!r} is not in use")
    if _state.backend is removed:
        _state.backend = None
    removed.dispose()


@contextmanager
def outside_trace() -> Iterator[None]:
    """Within, operations run even while a function is traced: for making weights."""
    tracing = tracer()
    before = swap_backend(tracing.target if tracing is not None else _state.backend)
    try:
        yield
    finally:
        swap_backend(before)


# ---------------------------------------------------------------------------------------- apply


def apply(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
    """Run `op` on the current backend and return its tensor, or tuple of tensors.

    Args:
        op: the operation's record.
        inputs: tensors, already of the types the operation computes in.
        attrs: hashable attributes in canonical form.
    """
    backend = _state.backend or current_backend()
    key = (op.name, *[x.spec for x in inputs], *attrs.items())
    prepared = backend.prepared.get(key)
    if prepared is None:
        elsewhere = _elsewhere(op, inputs, attrs)
        if elsewhere is not None:
            return elsewhere(op, inputs, attrs)
        prepared = _prepare(backend, op, key, inputs, attrs)
    out, run = prepared
    # `data_on` is called only where it has something to do: this line runs for every operation.
    data = run(
        [
            x._data if x.backend is backend and x._data is not None else x.data_on(backend)
            for x in inputs
        ]
    )
    if type(out) is TensorSpec:
        result: Any = Tensor(data, out, backend)
    else:
        result = tuple(map(Tensor, data, out, (backend,) * len(out)))
    if _state.scopes:
        _enter_scope(result)
    if _state.tapes:
        outputs = (result,) if type(out) is TensorSpec else result
        for tape in _state.tapes:
            tape.record(op, inputs, attrs, outputs)
    return result


def _elsewhere(
    op: Op, inputs: Sequence[Tensor], attrs: dict[str, Any]
) -> Callable[..., Any] | None:
    """What runs `op` if no kernel of a backend does."""
    kinds = {x.spec.dtype.kind for x in inputs}
    kinds.add(getattr(attrs.get("dtype"), "kind", ""))
    if op.kind == "host":
        from . import host

        return host.apply
    if "s" in kinds:
        from .ops import strings

        return strings.apply
    if "c" in kinds or op.kind == "view":
        from .ops import complex_numbers

        return complex_numbers.apply
    return None


def _prepare(
    backend: Backend, op: Op, key: tuple[Any, ...], inputs: Sequence[Tensor], attrs: dict[str, Any]
) -> tuple[Any, Callable[..., Any]]:
    specs = tuple(x.spec for x in inputs)
    for spec in specs:
        backend.check_dtype(op.name, spec.dtype)
    out = op.infer(*specs, **attrs)
    for spec in (out,) if type(out) is TensorSpec else out:
        check_size(op.name, spec.shape)
    if len(backend.prepared) >= MAX_PREPARED:
        backend.prepared.clear()
    run = backend.prepare(op, specs, attrs, out)
    if backend.observer is not None:
        run = backend.observed(op.name, out, run)
    prepared = backend.prepared[key] = (out, run)
    return prepared


def has_kernel(op: Op) -> bool:
    """Whether the current backend has a kernel of its own for `op`."""
    return op.name in (_state.backend or current_backend()).kernels


def view(op: Op, x: Tensor) -> Tensor:
    """The data of `x` under the spec that `op.infer` gives it: for `apply`."""
    backend = current_backend()
    result = Tensor(x.data_on(backend), op.infer(x.spec), backend)
    if _state.scopes:
        _enter_scope(result)
    for tape in _state.tapes:
        tape.record(op, (x,), {}, (result,))
    return result


# ------------------------------------------------------------------------------ making tensors


def as_tensor(value: Any, dtype: dtypes.DType | None = None) -> Tensor:
    """`value` as a tensor: itself, or made from numbers, nested lists, arrays or buffers."""
    if isinstance(value, Tensor):
        return value if dtype is None else cast_to(value, dtype)
    return _creation().tensor(value, dtype=dtype)


@functools.cache
def _creation() -> Any:
    """The module that makes tensors of values: it needs this one, and an import costs each time."""
    from .ops import creation

    return creation


def as_operands(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Two operands as tensors; a Python number takes the dtype of the other one where it can."""
    if isinstance(a, Tensor):
        if isinstance(b, Tensor):
            return a, b
        return a, _beside(b, a.spec.dtype)
    if isinstance(b, Tensor):
        return _beside(a, b.spec.dtype), b
    return as_tensor(a), as_tensor(b)


def _beside(value: Any, other: dtypes.DType) -> Tensor:
    """`value` as a tensor to compute with one of dtype `other`."""
    if not isinstance(value, (int, float)) or other.kind == "s":
        return as_tensor(value)
    if other.kind == "c":
        other = other.part
    if other.kind != "f":
        other = dtypes.promote_scalar(other, value)
    backend, key = _state.backend or current_backend(), (other, value)
    data = backend.numbers.get(key)
    # 0.0 and -0.0 are one key.
    if data is not None and value:
        return from_data(data, _SCALAR_SPECS[other])
    x = from_buffer(_creation().pack((value,), other), _SCALAR_SPECS[other])
    if len(backend.numbers) >= MAX_NUMBERS:
        backend.numbers.clear()
    backend.numbers[key] = x._data
    return x


def cast_to(x: Tensor, dtype: dtypes.DType) -> Tensor:
    """`x` as `dtype`, recorded like any operation; `x` itself where nothing changes."""
    if x.dtype is dtype:
        return x
    from .ops.elementwise import cast

    return cast(x, dtype)


def from_buffer(values: memoryview, spec: TensorSpec) -> Tensor:
    """A tensor from a flat buffer of `spec.dtype` elements (copied)."""
    backend = _state.backend or current_backend()
    if spec.dtype.kind != "s":
        backend.check_dtype("tensor", spec.dtype.part)
    if len(values) != spec.stored.size:
        raise ShapeError(f"tensor: {len(values)} values do not fill shape {spec.shape}")
    if spec.dtype.kind == "s":
        return from_data(tuple(values), spec)
    return from_data(backend.upload(values, spec.stored), spec)


def from_source(read: Callable[[], memoryview], spec: TensorSpec) -> Tensor:
    """A tensor of what `read()` gives, each time that it is asked; see `Backend.hold`."""
    backend = _state.backend or current_backend()
    backend.check_dtype("tensor", spec.dtype.part)
    return from_data(backend.hold(read, spec.stored), spec)


def from_draws(draw: Callable[[], memoryview], spec: TensorSpec) -> Tensor:
    """A tensor of values that `draw()` makes anew each time: a plan draws at every run."""
    tracing = tracer()
    if tracing is None:
        return from_buffer(draw(), spec)
    return from_data(tracing.draw(draw, spec), spec)


def from_data(data: Any, spec: TensorSpec) -> Tensor:
    """A tensor over a data handle of the current backend."""
    result = Tensor(data, spec, current_backend())
    if _state.scopes:
        _enter_scope(result)
    return result


def to_backend(x: Tensor, name: str) -> Tensor:
    """`x` on the backend `name`: itself, or a copy that no tape knows."""
    target = started(name)
    if x.backend is target:
        return x
    values: Any = x.data_sync()
    if x.dtype.kind == "s":
        data: Any = tuple(values)
    else:
        target.check_dtype("to_device", x.dtype.part)
        data = target.upload(values, x.spec.stored)
    result = Tensor(data, x.spec, target)
    if _state.scopes:
        _enter_scope(result)
    return result


def alias(x: Tensor) -> Tensor:
    """A new tensor over the data of `x`, unknown to every tape."""
    backend = tracer() or x.backend
    result = Tensor(x.data_on(backend), x.spec, backend)
    if _state.scopes:
        _enter_scope(result)
    return result


# ----------------------------------------------------------------------------- tapes and scopes


def push_tape(tape: Tape) -> None:
    """Let `tape` record every operation until `pop_tape`."""
    _state.tapes.append(tape)


def pop_tape(tape: Tape) -> None:
    """Stop recording on `tape`."""
    _state.tapes.remove(tape)


def is_watched(tensors: Iterable[Tensor]) -> bool:
    """Whether any active tape follows one of `tensors`."""
    return bool(_state.tapes) and any(tape.watches(x) for tape in _state.tapes for x in tensors)


def active_tapes() -> list[Tape]:
    """The tapes that record now, outermost first."""
    return _state.tapes


def _enter_scope(result: Any) -> None:
    tensors = (result,) if isinstance(result, Tensor) else result
    _state.scopes[-1].extend(weakref.ref(x) for x in tensors)


class tidy:
    """Free the tensors made inside, except those returned, kept or held by a `Variable`.

    tfpy frees a tensor as soon as Python drops it, so `tidy` is never needed; it is here for those
    who come from TF.js. `tidy(function)` runs the function now and returns its result; without an
    argument it is a context manager and a decorator.

    >>> tfpy.tidy(lambda: tfpy.ones((2,)) * 3)
    tfpy.tensor([3., 3.])
    """

    def __new__(cls, function: Callable[[], Any] | None = None) -> Any:
        self = super().__new__(cls)
        if function is None:
            return self
        return self._run(function)

    def __enter__(self) -> tidy:
        _state.scopes.append([])
        return self

    def __exit__(self, *exc: object) -> None:
        self._close(())

    def __call__(self, function: Callable[..., T]) -> Callable[..., T]:
        def tidied(*args: Any, **kwargs: Any) -> T:
            return self._run(lambda: function(*args, **kwargs))

        return tidied

    def _run(self, function: Callable[[], T]) -> T:
        _state.scopes.append([])
        survivors: list[Tensor] = []
        try:
            result = function()
            survivors = list(tensors_in(result))
        finally:
            self._close(survivors)
        return result

    @staticmethod
    def _close(survivors: Sequence[Tensor]) -> None:
        made = _state.scopes.pop()
        alive = {id(x) for x in survivors}
        for reference in made:
            x = reference()
            if x is None or x.kept:
                continue
            if id(x) not in alive:
                x.dispose()
            elif _state.scopes:
                _state.scopes[-1].append(reference)


def keep(x: Tensor) -> Tensor:
    """Keep `x` alive past the end of the `tidy` it was made in; returns `x`."""
    x.kept = True
    return x


def dispose(value: Any) -> None:
    """Free every tensor in `value`: a tensor, or nested lists, tuples, dicts and dataclasses."""
    for x in list(tensors_in(value)):
        x.dispose()


def tensors_in(value: Any) -> Iterable[Tensor]:
    """The tensors in nested lists, tuples, dicts and instances of dataclasses."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors_in(item)
    else:
        for name in getattr(type(value), "__dataclass_fields__", ()):
            yield from tensors_in(getattr(value, name, None))


def live_tensors() -> list[Tensor]:
    """Every tensor that Python still holds and that is not disposed."""
    return [x for x in gc.get_objects() if isinstance(x, Tensor) and not x.is_disposed]


def memory() -> dict[str, int]:
    """How much is in use: `num_tensors`, and the current backend's counts and bytes.

    `num_data_buffers` counts distinct data (a reshape shares its source's), `num_bytes` their
    bytes. The WebGL backend adds `num_textures`, `num_bytes_in_gpu` and what its pool keeps free.
    """
    backend = current_backend()
    tensors = [x for x in live_tensors() if x.backend is backend]
    distinct = {id(x.data_on(backend)): x.spec.nbytes for x in tensors}
    return {
        "num_tensors": len(tensors),
        "num_data_buffers": len(distinct),
        "num_bytes": sum(distinct.values()),
        **backend.memory(),
    }
