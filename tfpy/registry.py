"""The record of every operation, and the four decorators that make one.

- `@elementwise`: one NumPy ufunc row, one GLSL expression row, a dtype rule. The function body is
  only the signature and the docstring.
- `@primitive`: its own `infer` and hand-written kernels. The function body turns the user's call
  into `(inputs, attrs)` in canonical form.
- `@composite`: a Python function over other operations; its gradient comes for free. A backend may
  register a faster kernel of the same name.
- `@host`: its own `infer` and a Python function over values that are read back, the same on every
  backend.

This module does not run anything: `engine.apply` does.

Gradient rules are functions of *named* values. A rule may ask for `g` (the gradient of the output),
`out` (the output), any input by its name, any attribute by its name, and `<input>_spec` for the
shape and dtype of an input it does not need to read. What the rules ask for is what the tape keeps.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ParamSpec, TypeVar

from . import engine
from .dtypes import ALL, DType, bool_, float32, promote
from .errors import ArgumentError, BackendError, DeviceLimitError, DTypeError, TfpyError
from .spec import TensorSpec, broadcast_shapes
from .tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")
Rule = Callable[..., Any]
Infer = Callable[..., Any]

OPS: dict[str, Op] = {}
_NO_ATTRS: dict[str, Any] = {}


class Op:
    """What tfpy knows about one operation.

    Attributes:
        name: the public name, also the key of every kernel table.
        kind: "elementwise", "primitive", "composite", "host", or "view" for one that only calls
            data something else.
        inputs: names of the tensor arguments; a single name starting with `*` takes any number.
        infer: `infer(*specs, **attrs)` gives the output's `TensorSpec`, or a tuple of them. The
            only authority on shapes and dtypes.
        vjp: gradient rule per input name. An input without a rule gets no gradient; an empty
            table on a float output means the operation has no gradient.
        body: for composites, the function over other operations; for those on the host, the one
            over `HostArray`s.
        wants: per rule, the names it asks for.
        dtype_rule: for elementwise operations, the word that decides types.
        public: whether users see it as `tfpy.<name>`; kernels in canonical form are not.
    """

    __slots__ = ("body", "dtype_rule", "infer", "inputs", "kind", "name", "public", "vjp", "wants")

    def __init__(
        self,
        name: str,
        kind: str,
        inputs: tuple[str, ...],
        infer: Infer,
        vjp: dict[str, Rule] | None = None,
        body: Callable[..., Any] | None = None,
        dtype_rule: str | None = None,
        public: bool = True,
    ) -> None:
        self.name, self.kind, self.inputs, self.infer = name, kind, inputs, infer
        self.vjp, self.body, self.dtype_rule, self.public = vjp or {}, body, dtype_rule, public
        self.wants = {key: _argument_names(rule) for key, rule in self.vjp.items()}
        if name in OPS:
            raise BackendError(f"operation {name!r} is registered twice")
        OPS[name] = self

    def __repr__(self) -> str:
        return f"<Op {self.name} ({self.kind})>"


def _argument_names(rule: Rule) -> tuple[str, ...]:
    code = rule.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


# ---------------------------------------------------------------------------------- elementwise

#: How the types of the arguments become the type they are computed in, and the type of the result.
#: Each rule maps the promoted input dtype to (compute dtype, result dtype); None refuses it.
DTYPE_RULES: dict[str, Callable[[DType], tuple[DType, DType] | None]] = {
    "any": lambda d: (d, d),
    "numeric": lambda d: None if d.kind == "b" else (d, d),
    "float": lambda d: (d, d) if d.is_inexact else (float32, float32),
    "compare": lambda d: (d, bool_),
    "logical": lambda d: (d, d) if d.kind == "b" else None,
    "integer": lambda d: (d, d) if d.kind in "iu" else None,
    "float_test": lambda d: (d, bool_) if d.is_inexact else (float32, bool_),
}


def compute_dtype(op: str, rule: str, dtype: DType) -> tuple[DType, DType]:
    """The (compute, result) types of an elementwise operation over inputs promoted to `dtype`."""
    types = DTYPE_RULES[rule](dtype) if dtype.kind != "s" or rule == "compare" else None
    if types is None:
        raise DTypeError(f"{op} does not take {dtype} tensors")
    return types


def _elementwise_infer(name: str, rule: str) -> Infer:
    def infer(*specs: TensorSpec, **attrs: Any) -> TensorSpec:
        _, result = compute_dtype(name, rule, promote(*[s.dtype for s in specs]))
        if len(specs) == 1:
            return TensorSpec(specs[0].shape, result)
        return TensorSpec(broadcast_shapes(name, *[s.shape for s in specs]), result)

    return infer


def elementwise(
    rule: str, vjp: dict[str, Rule] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make the decorated signature an elementwise operation.

    The tensors are called `x`, or `a` and `b`; other parameters are numbers (uniforms on a GPU).

    Args:
        rule: a word of `DTYPE_RULES`.
        vjp: gradient per input, before un-broadcasting, which the tape does once for all.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = function.__name__
        inputs = tuple(p for p in _positional(function) if p in ("x", "a", "b"))
        op = Op(name, "elementwise", inputs, _elementwise_infer(name, rule), vjp, dtype_rule=rule)
        if len(inputs) == 2:
            return _public(op, function, _binary_call(op, rule))
        if _positional(function) == inputs:
            return _public(op, function, _unary_call(op, rule))
        return _public(op, function, _unary_call_with_numbers(op, rule, function))

    return decorate


def _computed_as_they_are(rule: str) -> frozenset[DType]:
    """The types that need no cast before an operation with this dtype rule."""
    rows = [(dtype, DTYPE_RULES[rule](dtype)) for dtype in ALL if dtype.kind != "s"]
    return frozenset(dtype for dtype, types in rows if types and types[0] is dtype)


def _unary_call(op: Op, rule: str) -> Callable[..., Any]:
    name, apply, as_they_are = op.name, engine.apply, _computed_as_they_are(rule)

    def call(x: Any) -> Any:
        if not isinstance(x, Tensor):
            x = engine.as_tensor(x)
        if x.spec.dtype not in as_they_are:
            x = engine.cast_to(x, compute_dtype(name, rule, x.dtype)[0])
        return apply(op, (x,), _NO_ATTRS)

    return call


def _unary_call_with_numbers(op: Op, rule: str, function: Callable[..., Any]) -> Callable[..., Any]:
    bind = inspect.signature(function).bind

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = bind(*args, **kwargs)
        bound.apply_defaults()
        x, *numbers = bound.arguments.values()
        x = engine.as_tensor(x)
        compute, _ = compute_dtype(op.name, rule, x.dtype)
        names = list(bound.arguments)[1:]
        attrs = {n: _number(op.name, n, v, compute) for n, v in zip(names, numbers, strict=True)}
        return engine.apply(op, (engine.cast_to(x, compute),), attrs)

    return _typed(op, call)


def _number(op: str, name: str, value: Any, dtype: DType) -> float:
    """A number to compute with beside elements of `dtype`: those of int32 meet int32."""
    if not isinstance(value, (int, float)) or value != value:
        raise ArgumentError(f"{op}: {name} must be a number, not {value!r:.50}")
    return int(min(max(value, -(2**31)), 2**31 - 1)) if dtype.kind == "i" else float(value)


def _binary_call(op: Op, rule: str) -> Callable[..., Any]:
    apply, as_they_are = engine.apply, _computed_as_they_are(rule)

    def promoted(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        compute, _ = compute_dtype(op.name, rule, promote(a.dtype, b.dtype))
        return engine.cast_to(a, compute), engine.cast_to(b, compute)

    typed = _typed(op, promoted)

    def call(a: Any, b: Any) -> Any:
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
            a, b = engine.as_operands(a, b)
        dtype = a.spec.dtype
        if dtype is not b.spec.dtype or dtype not in as_they_are:
            a, b = typed(a, b)
        return apply(op, (a, b), _NO_ATTRS)

    return call


# ------------------------------------------------------------------------- primitive, composite


def primitive(
    infer: Infer, vjp: dict[str, Rule] | None = None, public: bool = True
) -> Callable[[Callable[P, tuple[Sequence[Any], dict[str, Any]]]], Callable[P, Any]]:
    """Make the decorated function an operation with kernels of its own.

    The function receives the user's call and returns `(inputs, attrs)`: tensors in the order of
    `infer`'s arguments, and attributes as hashable values in canonical form.

    Args:
        infer: shape and dtype of the result(s) from the inputs' specs and the attributes.
        vjp: gradient rule per input name.
        public: False for the canonical form behind a public function.
    """

    def decorate(function: Callable[P, tuple[Sequence[Any], dict[str, Any]]]) -> Callable[P, Any]:
        name = function.__name__
        op = Op(name, "primitive", _positional(infer), infer, vjp, public=public)

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            operands, attrs = function(*args, **kwargs)
            return engine.apply(op, tuple(operands), attrs)

        return _public(op, function, _typed(op, call))

    return decorate


def host(
    infer: Infer,
    compute: Callable[..., Any],
    vjp: dict[str, Rule] | None = None,
    public: bool = True,
    namespace: str = "",
) -> Callable[[Callable[P, tuple[Sequence[Any], dict[str, Any]]]], Callable[P, Any]]:
    """Make the decorated function an operation that Python computes from values.

    The function receives the user's call and returns `(inputs, attrs)`, as for `primitive`. It
    blocks; `coroutine` makes its twin for event loops.

    Args:
        infer: shape and dtype of the result(s); None for a size that depends on values.
        compute: `compute(*arrays, **attrs)` gives the result, or a tuple of them, as `HostArray`s.
        vjp: gradient rule per input name.
        public: False for the canonical form behind a public function.
        namespace: comes before the name where another operation has that name.
    """

    def decorate(function: Callable[P, tuple[Sequence[Any], dict[str, Any]]]) -> Callable[P, Any]:
        name = _full_name(function, namespace)
        op = Op(name, "host", _positional(infer), infer, vjp, body=compute, public=public)

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            operands, attrs = function(*args, **kwargs)
            return engine.apply(op, tuple(operands), attrs)

        made = _public(op, function, _typed(op, call))
        made.prepare = _typed(op, function)  # type: ignore[attr-defined]
        return made

    return decorate


def coroutine(blocking: Callable[P, Any]) -> Callable[P, Coroutine[Any, Any, Any]]:
    """The twin of an operation on the host that lets the event loop run while values are read."""
    op, prepare = blocking.op, blocking.prepare  # type: ignore[attr-defined]

    async def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        from . import host

        operands, attrs = prepare(*args, **kwargs)
        return await host.apply_async(op, tuple(operands), attrs)

    twin = _public(op, blocking, call)
    twin.__name__ = twin.__qualname__ = f"{op.name}_async"
    twin.__doc__ = f"`{op.name}` without blocking the event loop: a coroutine."
    return twin


def composite(
    infer: Infer | None = None, public: bool = True, namespace: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make the decorated function an operation made of others.

    Args:
        infer: needed only for one that a backend may have a kernel for. Such a function is in
            canonical form: it is called with positional arguments, first the tensors (what `infer`
            takes positionally), then hashable attributes.
        public: False for the canonical form behind a public function.
        namespace: comes before the name where another operation has that name.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        inputs = _positional(infer) if infer else ()
        name = _full_name(function, namespace)
        op = Op(name, "composite", inputs, infer or _no_infer, body=function, public=public)
        call = _typed(op, function) if infer is None else _composite_call(op, function)
        return _public(op, function, call)

    return decorate


def _composite_call(op: Op, function: Callable[..., Any]) -> Callable[..., Any]:
    """The backend's kernel where there is one and no tape would have to see inside."""
    arity = len(op.inputs)
    names = _positional(function)[arity:]

    def call(*args: Any) -> Any:
        operands = args[:arity]
        if engine.has_kernel(op) and not engine.is_watched(operands):
            return engine.apply(op, operands, dict(zip(names, args[arity:], strict=True)))
        return function(*args)

    return call


#: What Python raises where an argument is of a kind that an operation did not think of.
_UNTYPED = (
    *(TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError),
    MemoryError,
)


def _typed(op: Op, call: Callable[P, R]) -> Callable[P, R]:
    """`call` with every error a typed one that names the operation.

    Operations check what they are given and say what is wrong with it. This is the net below them:
    whatever else an argument does inside still reaches the user as an error of tfpy.
    """

    def typed(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except TfpyError as error:
            # "add does not ..." and "fused.conv2d: ..." tell it, "unknown dtype ..." does not.
            if str(error).split(":")[0].split(" ")[0].rpartition(".")[2] not in OPS:
                error.args = (f"{op.name}: {error}",)
            raise
        except _UNTYPED as error:
            if error.__traceback__.tb_next is None:  # type: ignore[union-attr]
                raise  # The call itself: an argument too many, or one missing.
            if isinstance(error, MemoryError):
                raise DeviceLimitError(f"{op.name}: there is not enough memory") from error
            raise ArgumentError(f"{op.name}: {error}") from error

    return typed if op.public else call


def _full_name(function: Callable[..., Any], namespace: str) -> str:
    return f"{namespace}.{function.__name__}" if namespace else function.__name__


def _no_infer(*specs: Any, **attrs: Any) -> Any:
    raise BackendError("this composite has no shape rule of its own")


def _positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the positional parameters of `function`; a variadic one keeps its `*`."""
    code = function.__code__
    if code.co_flags & inspect.CO_VARARGS:
        return ("*" + code.co_varnames[code.co_argcount + code.co_kwonlyargcount],)
    return code.co_varnames[: code.co_argcount]


def _public(op: Op, function: Callable[P, Any], call: Callable[..., Any]) -> Callable[P, Any]:
    """`call` under the name, signature and docstring of `function`, with its record as `.op`."""
    public = call if call is function else functools.update_wrapper(call, function)
    public.op = op  # type: ignore[attr-defined]
    return public
