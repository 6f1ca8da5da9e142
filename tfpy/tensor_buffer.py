"""`TensorBuffer`: a tensor's values on the host, to be read and written one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import engine
from .dtypes import as_dtype
from .errors import DTypeError, ShapeError
from .ops.creation import tensor
from .spec import TensorSpec, as_shape
from .tensor import Tensor


class TensorBuffer:
    """Values that can change, unlike a tensor's; make one with `tfpy.buffer`, or of a tensor.

    Args:
        shape: of the tensor it is to become.
        dtype: of its elements.
        values: flat and row-major, zeros by default; copied.

    >>> b = tfpy.buffer((2, 2))
    >>> b.set(5, 0, 1)
    >>> b.get(0, 1)
    5.0
    >>> b.to_tensor()
    tfpy.tensor([[0., 5.],
                 [0., 0.]])
    """

    __slots__ = ("dtype", "shape", "strides", "values")

    def __init__(self, shape: Sequence[int], dtype: Any = "float32", values: Any = None) -> None:
        spec = TensorSpec(as_shape(shape, "buffer: shape"), as_dtype(dtype))
        self.shape, self.dtype, self.strides = spec.shape, spec.dtype, spec.strides
        if spec.dtype.kind == "c":
            raise DTypeError(f"buffer: {spec.dtype} has no place in a buffer; use its parts")
        flat: Any = [""] * spec.size if spec.dtype.kind == "s" else bytes(spec.nbytes)
        if values is not None:
            flat = tensor(values, dtype=spec.dtype).data_sync()
            if len(flat) != spec.size:
                raise ShapeError(f"buffer: {len(flat)} values do not fill shape {spec.shape}")
        #: The elements, flat: a buffer that can be written to, or a list of strings.
        self.values: Any = flat
        if spec.dtype.kind != "s":
            copy = memoryview(bytearray(flat))
            self.values = copy.cast(spec.dtype.format)  # type: ignore[call-overload]

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self.values)

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def get(self, *locs: int) -> Any:
        """The element at these coordinates."""
        return self.values[self._index(locs)]

    def set(self, value: Any, *locs: int) -> None:
        """Replace the element at these coordinates."""
        kinds = {"f": float, "i": int, "b": bool, "s": str}
        self.values[self._index(locs)] = kinds[self.dtype.kind](value)

    def _index(self, locs: Sequence[int]) -> int:
        if len(locs) != self.rank or not all(
            0 <= i < n for i, n in zip(locs, self.shape, strict=True)
        ):
            raise ShapeError(f"TensorBuffer: {locs} is no element of shape {self.shape}")
        return self.loc_to_index(locs)

    def loc_to_index(self, locs: Sequence[int]) -> int:
        """Where in `values` the element at these coordinates is."""
        return sum(i * step for i, step in zip(locs, self.strides, strict=True))

    def index_to_loc(self, index: int) -> list[int]:
        """The coordinates of an element of `values`."""
        locs = []
        for step in self.strides:
            locs.append(index // step if step else 0)
            index -= locs[-1] * step
        return locs

    def to_tensor(self) -> Tensor:
        """A tensor of the values as they are now."""
        return engine.from_buffer(self.values, TensorSpec(self.shape, self.dtype))

    def __repr__(self) -> str:
        return f"TensorBuffer({self.shape}, {self.dtype!r}, {list(self.values)})"


def buffer(shape: Sequence[int], dtype: Any = "float32", values: Any = None) -> TensorBuffer:
    """A `TensorBuffer` of zeros, or of `values` (copied)."""
    return TensorBuffer(shape, dtype, values)
