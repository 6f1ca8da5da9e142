"""Complex numbers: making them, taking them apart, and computing with them.

A complex tensor is stored as a real one with a last axis of two, so no backend knows of complex
numbers: `view_as_real` and `view_as_complex` change between the two without touching data, and
every other operation is carried out on the parts. Gradients follow from that: the gradient of a
real result with respect to x + iy is d/dx + i d/dy, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from .. import engine
from ..dtypes import complex64, complex128, float64, promote
from ..errors import DTypeError, ShapeError
from ..registry import Op, composite
from ..spec import TensorSpec, broadcast_shapes
from ..tensor import Tensor
from . import elementwise as ew
from .creation import fill
from .movement import broadcast_to, concat, reshape, stack, stop_gradient, take_slice, transpose

# ---------------------------------------------------------------------------------------- views


def _as_complex_infer(x: TensorSpec) -> TensorSpec:
    if not x.shape or x.shape[-1] != 2 or not x.dtype.is_floating:
        raise ShapeError(f"view_as_complex: pairs of floats are needed, not {x.dtype} {x.shape}")
    return TensorSpec(x.shape[:-1], complex128 if x.dtype is float64 else complex64)


_AS_REAL = Op(
    "view_as_real",
    "view",
    ("x",),
    lambda x: x.stored,
    vjp={"x": lambda g: view_as_complex(g)},
    public=False,
)
_AS_COMPLEX = Op(
    "view_as_complex",
    "view",
    ("x",),
    _as_complex_infer,
    vjp={"x": lambda g: view_as_real(g)},
    public=False,
)


def view_as_real(x: Tensor) -> Tensor:
    """The parts of complex numbers along a new last axis of two; shares the data."""
    return engine.apply(_AS_REAL, (x,), {})


def view_as_complex(x: Tensor) -> Tensor:
    """The complex numbers whose parts lie along the last axis; shares the data."""
    return engine.apply(_AS_COMPLEX, (x,), {})


def _part(x: Tensor, which: int) -> Tensor:
    pairs = view_as_real(x)
    begin, ones = (0,) * x.ndim, (1,) * x.ndim
    part = take_slice(pairs, (*begin, which), (*x.shape, 1), (*ones, 1))
    return part.reshape(x.shape)


def _parts(x: Tensor) -> tuple[Tensor, Tensor]:
    return _part(x, 0), _part(x, 1)


def _join(re: Tensor, im: Tensor) -> Tensor:
    return view_as_complex(stack([re, im], axis=-1))


# --------------------------------------------------------------------------------------- public


@composite()
def complex(real: Any, imag: Any) -> Tensor:
    """Complex numbers of real and imaginary parts, broadcast together.

    complex64, or complex128 where a part is float64.

    >>> tfpy.complex([1.0, 2.0], [0.5, -1.0])
    tfpy.tensor([1.+0.5j, 2.-1.j])
    """
    re, im = engine.as_operands(real, imag)
    dtype = promote(re.dtype, im.dtype)
    if dtype.kind == "c":
        raise DTypeError("complex: the parts must be real numbers")
    if not dtype.is_floating:
        dtype = complex64.part
    re, im = engine.cast_to(re, dtype), engine.cast_to(im, dtype)
    if re.shape != im.shape:
        shape = broadcast_shapes("complex", re.shape, im.shape)
        re, im = broadcast_to(re, shape), broadcast_to(im, shape)
    return _join(re, im)


@composite()
def real(x: Any) -> Tensor:
    """The real part; a real tensor is its own.

    >>> tfpy.real([1 + 2j, 3j])
    tfpy.tensor([1., 0.])
    """
    x = engine.as_tensor(x)
    return _part(x, 0) if x.dtype.kind == "c" else x


@composite()
def imag(x: Any) -> Tensor:
    """The imaginary part; zeros of a real tensor.

    >>> tfpy.imag([1 + 2j, 3j])
    tfpy.tensor([2., 3.])
    """
    x = engine.as_tensor(x)
    return _part(x, 1) if x.dtype.kind == "c" else x.zeros_like()


@composite()
def conj(x: Any) -> Tensor:
    """The complex conjugate; a real tensor is its own.

    >>> tfpy.conj(1 + 2j)
    tfpy.tensor(1.-2.j)
    """
    x = engine.as_tensor(x)
    if x.dtype.kind != "c":
        return x
    re, im = _parts(x)
    return _join(re, -im)


@composite()
def angle(x: Any) -> Tensor:
    """The angle of each number in radians, from -pi to pi; 0 or pi for a real one.

    >>> tfpy.angle([1j, -1.0])
    tfpy.tensor([ 1.5708, 3.14159])
    """
    x = engine.as_tensor(x)
    return ew.atan2(imag(x), real(x))


# ---------------------------------------------------------------------------------- arithmetic


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    (x, y), (u, v) = _parts(a), _parts(b)
    return _join(x * u - y * v, x * v + y * u)


def _divide(a: Tensor, b: Tensor) -> Tensor:
    u, v = _parts(b)
    # What both are divided by cancels, so it is a constant to gradients; it avoids overflow.
    size = stop_gradient(ew.maximum(ew.abs(u), ew.abs(v)))
    u, v = u / size, v / size
    norm = u * u + v * v
    x, y = _parts(a)
    x, y = x / size, y / size
    return _join((x * u + y * v) / norm, (y * u - x * v) / norm)


def _abs(x: Tensor) -> Tensor:
    re, im = _parts(x)
    size = stop_gradient(ew.maximum(ew.abs(re), ew.abs(im)))
    simple = ew.logical_or(ew.equal(size, 0.0), ew.isinf(size))
    scale = ew.where(simple, 1.0, size)
    re, im = ew.where(simple, 1.0, re / scale), ew.where(simple, 0.0, im / scale)
    return ew.where(simple, size, scale * ew.sqrt(re * re + im * im))


def _exp(x: Tensor) -> Tensor:
    re, im = _parts(x)
    size = ew.exp(re)
    return _join(size * ew.cos(im), size * ew.sin(im))


def _expm1(x: Tensor) -> Tensor:
    """Without subtracting 1 from what is nearly 1."""
    re, im = _parts(x)
    less = 2.0 * ew.square(ew.sin(im * 0.5))
    return _join(ew.expm1(re) * ew.cos(im) - less, ew.exp(re) * ew.sin(im))


def _log1p(x: Tensor) -> Tensor:
    """Of small numbers without adding 1 first."""
    re, im = _parts(x)
    whole = x + 1.0
    small = ew.abs(re) + ew.abs(im) < 0.5
    near = 0.5 * ew.log1p(ew.where(small, re * (2.0 + re) + im * im, 0.0))
    return _join(ew.where(small, near, ew.log(_abs(whole))), angle(whole))


def _log(x: Tensor) -> Tensor:
    return _join(ew.log(_abs(x)), angle(x))


def _sqrt(x: Tensor) -> Tensor:
    """Without subtracting what is nearly equal: one part from the other."""
    re, im = _parts(x)
    zero = ew.logical_and(ew.equal(re, 0.0), ew.equal(im, 0.0))
    large = ew.sqrt(ew.where(zero, 1.0, (ew.abs(re) + _abs(x)) * 0.5))
    small = im / (2.0 * large)
    right = re >= 0.0
    signed = ew.where(im < 0.0, -large, large)
    found_re, found_im = ew.where(right, large, ew.abs(small)), ew.where(right, small, signed)
    return _join(ew.where(zero, 0.0, found_re), ew.where(zero, im, found_im))


def _pow(a: Tensor, b: Tensor) -> Tensor:
    """Zero to a power is 0, but 1 to the power of zero."""
    zero = ew.equal(a, 0.0)
    result = _exp(_multiply(b, _log(ew.where(zero, 1.0, a))))
    return ew.where(zero, ew.cast(ew.equal(b, 0.0), a.dtype), result)


def _sin(x: Tensor) -> Tensor:
    re, im = _parts(x)
    return _join(ew.sin(re) * ew.cosh(im), ew.cos(re) * ew.sinh(im))


def _cos(x: Tensor) -> Tensor:
    re, im = _parts(x)
    return _join(ew.cos(re) * ew.cosh(im), -(ew.sin(re) * ew.sinh(im)))


def _turned(x: Tensor) -> Tensor:
    """i x."""
    re, im = _parts(x)
    return _join(-im, re)


def _sinh(x: Tensor) -> Tensor:
    re, im = _parts(_sin(_turned(x)))
    return _join(im, -re)


def _tan(x: Tensor) -> Tensor:
    return _divide(_sin(x), _cos(x))


def _tanh(x: Tensor) -> Tensor:
    re, im = _parts(_tan(_turned(x)))
    return _join(im, -re)


def _equal(a: Tensor, b: Tensor) -> Tensor:
    (x, y), (u, v) = _parts(a), _parts(b)
    return ew.logical_and(ew.equal(x, u), ew.equal(y, v))


def _either(test: Callable[[Any], Any]) -> Callable[[Tensor], Tensor]:
    return lambda x: ew.logical_or(*map(test, _parts(x)))


def _sign(x: Tensor) -> Tensor:
    size = _abs(x)
    return x / ew.where(ew.equal(size, 0.0), 1.0, size)


_FORMULAS: dict[str, Callable[..., Tensor]] = {
    "multiply": _multiply,
    "divide": _divide,
    "square": lambda x: _multiply(x, x),
    "reciprocal": lambda x: 1.0 / x,
    "squared_difference": lambda a, b: _multiply(a - b, conj(a - b)),
    "abs": _abs,
    "sign": _sign,
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _sqrt,
    "rsqrt": lambda x: 1.0 / _sqrt(x),
    "pow": _pow,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "sinh": _sinh,
    "cosh": lambda x: _cos(_turned(x)),
    "tanh": _tanh,
    "equal": _equal,
    "not_equal": lambda a, b: ew.logical_not(_equal(a, b)),
    "isnan": _either(ew.isnan),
    "isinf": _either(ew.isinf),
    "isfinite": lambda x: ew.logical_and(*map(ew.isfinite, _parts(x))),
}

# ------------------------------------------------------------------------------------- dispatch

#: What treats real and imaginary parts alike.
_LINEAR = frozenset(
    (
        *("add", "subtract", "negative", "reshape", "transpose", "broadcast_to", "take_slice"),
        *("place", "concat", "gather", "unsorted_segment_sum", "sum", "where", "cumsum"),
        *("scatter_rows", "round"),
    )
)


def apply(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
    """Run `op`, which has complex inputs or makes them; for `engine.apply`."""
    if op.kind == "view":
        return engine.view(op, inputs[0])
    formula = _FORMULAS.get(op.name)
    if formula is not None:
        return formula(*inputs)
    if op.name in _LINEAR:
        return _by_parts(op, inputs, attrs)
    if op.kind == "composite" and op.body is not None:
        return op.body(*inputs, *attrs.values())
    special = {"cast": _cast, "fill": _fill, "batch_matmul": _matmul, "prod": _prod}.get(op.name)
    if special is None:
        raise DTypeError(f"{op.name} does not take complex tensors")
    return special(op, inputs, attrs)


def _by_parts(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    def run(part: Callable[[Any], Any], attrs: dict[str, Any]) -> Any:
        parts = tuple(part(x) if x.dtype.kind == "c" else x for x in inputs)
        return engine.apply(op, parts, attrs)

    # The value that `place` puts around is a real number.
    imaginary = {**attrs, "value": 0} if "value" in attrs else attrs
    return _join(run(real, attrs), run(imag, imaginary))


def _cast(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    (x,), dtype = inputs, attrs["dtype"]
    if dtype.kind == "b":
        return ew.not_equal(x, 0.0)
    if dtype.kind != "c":
        return ew.cast(real(x), dtype)
    return _join(ew.cast(real(x), dtype.part), ew.cast(imag(x), dtype.part))


def _fill(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    number, dtype = attrs["value"], attrs["dtype"].part
    re, im = ({**attrs, "value": v, "dtype": dtype} for v in (number.real, number.imag))
    return _join(engine.apply(op, (), re), engine.apply(op, (), im))


def _prod(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    """By multiplying one half of the factors with the other until one is left."""
    (x,), axes = inputs, attrs["axes"]
    kept = [a for a in range(x.ndim) if a not in axes]
    rest, n = [x.shape[a] for a in kept], prod(x.shape[a] for a in axes)
    x = reshape(transpose(x, (*kept, *axes)), (*rest, n))
    while n > 1:
        half = n // 2
        product = x[..., :half] * x[..., half : 2 * half]
        x = concat([product, x[..., 2 * half :]], -1) if n % 2 else product
        n -= half
    found = x if n else fill((*rest, 1), 1, x.dtype)
    return reshape(found, op.infer(inputs[0].spec, **attrs).shape)


def _matmul(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    (x, y), (u, v) = map(_parts, inputs)

    def product(a: Tensor, b: Tensor) -> Tensor:
        return engine.apply(op, (a, b), attrs)

    return _join(product(x, u) - product(y, v), product(x, v) + product(y, u))
