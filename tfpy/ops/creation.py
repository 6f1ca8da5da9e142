"""Making tensors from values: `tensor`, constants and ranges.

Random values are in `random`.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from struct import calcsize
from typing import Any

from .. import compat, dtypes, engine
from ..dtypes import DType, as_dtype, bool_, float32, int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import TensorSpec, as_shape, check_size, integer, normalize_axis, reshape_shape
from ..tensor import Tensor

#: Names that buffers use for a format of `array`: what is long depends on the machine.
_FORMATS = {"l": "i" if calcsize("l") == 4 else "q", "L": "I" if calcsize("L") == 4 else "Q"}


@composite()
def tensor(values: Any, shape: Sequence[int] | None = None, dtype: Any = None) -> Tensor:
    """A tensor from numbers, strings, nested lists, a buffer, or a NumPy or JavaScript array.

    Args:
        values: the elements. Unsigned bytes become int32, float64 and int64 arrays become float32
            and int32 unless `dtype` says otherwise; bytes among strings are UTF-8. A list may hold
            arrays or tensors of one shape; tensors are stacked, with gradients to each.
        shape: shape to give a flat sequence or buffer, with one -1 allowed.
        dtype: element type, else the smallest of bool, int32, float32, complex64 that holds the
            values, or string.

    Raises:
        ShapeError: rows of unequal length, or values that do not fill `shape`.
        DTypeError: elements that are neither numbers nor strings, or both.

    >>> tfpy.tensor([[1, 2], [3, 4.5]])
    tfpy.tensor([[ 1.,  2.],
                 [ 3., 4.5]])
    """
    wanted = as_dtype(dtype) if dtype is not None else None
    if isinstance(values, Tensor):
        x = values if wanted is None else engine.cast_to(values, wanted)
        return x if shape is None else x.reshape(shape)
    if _holds_tensors(values):
        from .movement import stack

        return tensor(stack([tensor(v) for v in values]), shape, wanted)
    buffer, found_shape, found_dtype = _flat_values(values, wanted)
    if shape is not None:
        count = math.prod(found_shape)
        found_shape = reshape_shape("tensor", count, (shape,) if isinstance(shape, int) else shape)
    return engine.from_buffer(buffer, TensorSpec(found_shape, found_dtype))


def _holds_tensors(values: Any) -> bool:
    """Whether lists hold tensors; as far as their first rows tell."""
    while isinstance(values, (list, tuple)) and values:
        if any(issubclass(kind, Tensor) for kind in set(map(type, values))):
            return True
        values = values[0]
    return False


def _flat_values(values: Any, dtype: DType | None) -> tuple[memoryview, tuple[int, ...], DType]:
    if getattr(getattr(values, "dtype", None), "kind", "") in ("c", "U", "S", "O"):
        return _packed(values.reshape(-1).tolist(), tuple(values.shape), dtype)
    if isinstance(values, (bool, int, float, complex, str)):
        return _packed([values], (), dtype)
    view = _as_memoryview(values)
    if view is not None:
        return _from_memoryview(view, dtype)
    return _from_nested(values, dtype)


def pack(values: Iterable[Any], dtype: DType) -> memoryview:
    """Python numbers as a flat buffer of `dtype`. Floats are truncated for int32.

    Complex numbers become their real and imaginary parts in turn; strings stay in a list.
    """
    if dtype.kind == "s":
        return [_text(v) for v in values]  # type: ignore[return-value]
    code: Any = "B" if dtype.kind == "b" else dtype.format  # bool travels as bytes
    try:
        if dtype.kind == "c":
            numbers = map(complex, values)
            flat = array(code, [part for v in numbers for part in (v.real, v.imag)])
        elif dtype.kind == "f":
            flat = array(code, values)
        elif dtype.kind != "b":
            known = type(values) is range or getattr(values, "typecode", "") == code
            flat = array(
                code, values if known else [v if type(v) is int else int(v) for v in values]
            )
        else:
            flat = array(code, map(bool, values))
    except (TypeError, ValueError) as error:
        raise DTypeError(f"tensor: cannot make {dtype} of these values: {error}") from None
    except OverflowError:
        raise ArgumentError(f"tensor: a value does not fit into {dtype}") from None
    view: Any = memoryview(flat)
    return view.cast("B").cast("?") if dtype.kind == "b" else view


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    if not isinstance(value, str):
        raise DTypeError(f"tensor: cannot make a string of {value!r:.50}")
    return value


def _plain(kind: type) -> type:
    """The type of Python's that a type is made from, as those of enumerations are."""
    return next((t for t in (bool, int, float, complex, str, bytes) if issubclass(kind, t)), kind)


def _packed(
    flat: Sequence[Any], shape: tuple[int, ...], dtype: DType | None
) -> tuple[memoryview, tuple[int, ...], DType]:
    """Elements of no declared type, in that which holds them all."""
    if dtype is None:
        kinds = {_plain(kind) for kind in set(map(type, flat))}
        if kinds & {str, bytes}:
            dtype = dtypes.string
        elif complex in kinds:
            dtype = dtypes.complex64
        elif kinds and kinds <= {bool, int}:
            dtype = bool_ if kinds == {bool} else int32
        else:
            dtype = float32
    return pack(flat, dtype), shape, dtype


def _as_memoryview(values: Any) -> memoryview | None:
    """The buffer behind an array-like object, or None if it has none."""
    view = compat.js_buffer(values)
    if view is None and hasattr(values, "__array_interface__"):
        import numpy as np

        # NumPy knows gaps, half and longer floats and the other order of bytes; who takes a buffer
        # would have to.
        whole: Any = np.ascontiguousarray(values).reshape(np.shape(values))
        if whole.dtype.kind not in "biuf":
            raise DTypeError(f"tensor: cannot make a tensor of NumPy's {whole.dtype}")
        others = {2: "float32", 16: "float64"} if whole.dtype.kind == "f" else {}
        native = others.get(whole.dtype.itemsize, whole.dtype.newbyteorder("="))
        view = memoryview(whole.astype(native, copy=False))
    elif view is None and isinstance(values, (bytes, bytearray, memoryview, array)):
        view = memoryview(values)
    if view is None or view.c_contiguous:
        return view
    return memoryview(view.tobytes()).cast(view.format, view.shape)  # type: ignore[call-overload]


def _from_memoryview(
    view: memoryview, dtype: DType | None
) -> tuple[memoryview, tuple[int, ...], DType]:
    shape = tuple(view.shape or ())
    code = view.format.lstrip("<=@")
    code = _FORMATS.get(code, code)
    natural = {"f": float32, "d": float32, "?": bool_}.get(code, int32)
    target = dtype or natural
    if view.ndim != 1 or (code != view.format and code in "iIqQ"):
        flat = view.cast("B") if math.prod(shape) else memoryview(b"")
        view = flat.cast(code) if flat else flat  # type: ignore[call-overload]
    if code == target.format and (view.format == code or not view):
        return view, shape, target
    return pack(view.tolist(), target), shape, target


def _from_nested(values: Any, dtype: DType | None) -> tuple[memoryview, tuple[int, ...], DType]:
    if not isinstance(values, Iterable) or isinstance(values, dict):
        raise DTypeError(f"tensor: cannot make a tensor of {type(values).__name__} {values!r:.50}")
    flat = list(values)
    shape = [len(flat)]
    while flat and isinstance(flat[0], (list, tuple, range)):
        width = len(flat[0])
        if any(not isinstance(row, (list, tuple, range)) or len(row) != width for row in flat):
            raise ShapeError("tensor: rows of unequal length")
        shape.append(width)
        flat = [item for row in flat for item in row]
    if any(getattr(kind, "__array_interface__", None) for kind in set(map(type, flat))):
        return _from_arrays(values, dtype)
    # Tensors of one element.
    flat = [v.item() if hasattr(v, "item") else v for v in flat]
    return _packed(flat, tuple(shape), dtype)


def _from_arrays(values: Any, dtype: DType | None) -> tuple[Any, tuple[int, ...], DType]:
    """Lists with NumPy's arrays or numbers in them."""
    import numpy as np

    try:
        whole = np.asarray(values)
    except ValueError:
        raise ShapeError("tensor: rows of unequal length") from None
    return _flat_values(whole, dtype)


@composite()
def scalar(value: float, dtype: Any = None) -> Tensor:
    """A tensor of shape ()."""
    result = tensor(value, dtype=dtype)
    if result.shape:
        raise ShapeError(f"scalar: one value is needed, the shape is {result.shape}")
    return result


# --------------------------------------------------------------------------------- constants


def _fill_infer(*, shape: tuple[int, ...], value: float, dtype: DType) -> TensorSpec:
    return TensorSpec(shape, dtype)


@primitive(_fill_infer)
def fill(shape: Any, value: float, dtype: Any = None) -> Any:
    """A tensor filled with one value; its dtype is that of the value unless given."""
    kind = as_dtype(dtype) if dtype is not None else _packed([value], (), None)[2]
    number = {"f": float, "b": bool, "c": complex, "s": str}.get(kind.kind, int)(value)
    if kind.kind in "iu" and not kind.limits[0] <= number <= kind.limits[1]:
        raise ArgumentError(f"fill: {value} does not fit into {kind}")
    return (), {"shape": as_shape(shape, "fill: shape"), "value": number, "dtype": kind}


@composite()
def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of zeros, float32 unless `dtype` says otherwise."""
    return fill(shape, 0, dtype or float32)


@composite()
def ones(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of ones, float32 unless `dtype` says otherwise."""
    return fill(shape, 1, dtype or float32)


@composite()
def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros of the shape and dtype of `x`."""
    x = engine.as_tensor(x)
    return fill(x.shape, 0, dtype or x.dtype)


@composite()
def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones of the shape and dtype of `x`."""
    x = engine.as_tensor(x)
    return fill(x.shape, 1, dtype or x.dtype)


# ------------------------------------------------------------------------------------ ranges


@composite()
def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """Numbers from `start` (or 0) up to, not including, `stop`, `step` apart.

    int32 for integers, else float32. A step that leads away from `stop` gives an empty tensor.
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ArgumentError("arange: step must not be 0")
    count = max(0, math.ceil((stop - start) / step))
    check_size("arange", (count,))
    kind = (
        as_dtype(dtype)
        if dtype is not None
        else dtypes.promote(*map(dtypes.of_scalar, (start, stop, step)))
    )
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        values: Any = range(start, stop, step)
    else:
        values = [start + i * step for i in range(count)]
    return engine.from_buffer(pack(values, kind), TensorSpec((count,), kind))


@composite()
def linspace(
    start: float, stop: float, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, which `endpoint` includes or not.

    They are float32 unless `dtype` says otherwise.
    """
    num = integer(num, "linspace: num")
    if num < 0:
        raise ArgumentError(f"linspace: num must not be negative, it is {num}")
    check_size("linspace", (num,))
    steps = max(num - 1 if endpoint else num, 1)
    values = [start + (stop - start) * i / steps for i in range(num)]
    kind = as_dtype(dtype or float32)
    return engine.from_buffer(pack(values, kind), TensorSpec((num,), kind))


@composite()
def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = (),
    dtype: Any = float32,
) -> Tensor:
    """A matrix with ones on the diagonal and zeros elsewhere, or several of them.

    Args:
        num_rows: rows of a matrix.
        num_columns: its columns, by default as many as rows.
        batch_shape: sizes of the axes before those of the matrix.
        dtype: element type.
    """
    columns = num_rows if num_columns is None else num_columns
    shape = as_shape((num_rows, columns), "eye: shape")
    values = [0] * (num_rows * columns)
    # The last rows of a tall matrix are left as they are.
    diagonal = range(0, min(num_rows, columns) * columns, columns + 1)
    for i in diagonal:
        values[i] = 1
    kind = as_dtype(dtype)
    one = engine.from_buffer(pack(values, kind), TensorSpec(shape, kind))
    batch = as_shape(batch_shape or (), "eye: batch_shape")
    return one.broadcast_to((*batch, *shape)) if batch else one


@composite()
def diag(x: Any) -> Tensor:
    """`x` on the diagonal of zeros: element (i, j, i, j) is `x[i, j]`, as in TF.js.

    `numpy.diag` makes the same of a vector, but takes the diagonal out of a matrix.

    Args:
        x: of any shape.

    Returns:
        Of shape `(*x.shape, *x.shape)` and the dtype of `x`.

    >>> tfpy.diag([1, 2])
    tfpy.tensor([[1, 0],
                 [0, 2]])
    """
    from .movement import place

    x = engine.as_tensor(x)
    n = x.size
    return place(x.reshape((n,)), (n * n,), (0,), (n + 1,)).reshape((*x.shape, *x.shape))


@composite()
def print(x: Any, verbose: bool = False) -> None:
    """Print the values of `x`, with `verbose` its dtype, rank and shape too; `Tensor.print`.

    >>> tfpy.print([1, 2])
    tfpy.tensor([1, 2])
    """
    engine.as_tensor(x).print(verbose)


@composite()
def clone(x: Any) -> Tensor:
    """A tensor with the same values, and gradient, as `x`."""
    x = engine.as_tensor(x)
    return x.reshape(x.shape)


def _one_hot_infer(
    indices: TensorSpec, *, depth: int, on: float, off: float, dtype: DType
) -> TensorSpec:
    return TensorSpec((*indices.shape, depth), dtype)


@primitive(_one_hot_infer, public=False)
def one_hot_last(indices: Tensor, depth: int, on: float, off: float, dtype: DType) -> Any:
    """`one_hot` in canonical form: the new axis is the last."""
    return (indices,), {"depth": depth, "on": on, "off": off, "dtype": dtype}


@composite()
def one_hot(
    indices: Any,
    depth: int,
    on_value: float = 1,
    off_value: float = 0,
    dtype: Any = float32,
    axis: int = -1,
) -> Tensor:
    """A new axis of size `depth`: `on_value` at each index, `off_value` elsewhere.

    An index outside [0, depth) gives `off_value` throughout.

    Args:
        indices: int32 of any shape; floats are truncated.
        depth: size of the new axis.
        on_value: what is at the indices.
        off_value: what is elsewhere.
        dtype: of the result; TF.js's default is int32.
        axis: where the new axis is put, by default last.

    >>> tfpy.one_hot([2, 0], 3)
    tfpy.tensor([[0., 0., 1.],
                 [1., 0., 0.]])
    """
    from .movement import transpose

    if depth < 1:
        raise ArgumentError(f"one_hot: depth must be at least 1, not {depth}")
    indices = engine.as_tensor(indices, int32)
    last = indices.ndim
    at = normalize_axis("one_hot", axis, last + 1)
    out = one_hot_last(indices, int(depth), on_value, off_value, as_dtype(dtype))
    return out if at == last else transpose(out, (*range(at), last, *range(at, last)))
