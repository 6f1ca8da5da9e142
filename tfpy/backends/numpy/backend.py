"""`NumpyBackend`: data handles are NumPy arrays, kernels are functions on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...dtypes import ALL
from ...spec import TensorSpec
from ..base import Backend, Run
from . import contraction, elementwise, image, indexing, movement, random, reduction

if TYPE_CHECKING:
    from ...registry import Op


class NumpyBackend(Backend):
    """Runs operations with NumPy, on all element types."""

    name = "numpy"
    dtypes = frozenset(dtype for dtype in ALL if dtype.kind not in "cs")

    def __init__(self) -> None:
        super().__init__()
        self.kernels: dict[str, Any] = {
            **elementwise.KERNELS,
            **movement.KERNELS,
            **indexing.KERNELS,
            **reduction.KERNELS,
            **contraction.KERNELS,
            **random.KERNELS,
            **image.KERNELS,
        }

    def upload(self, values: memoryview, spec: TensorSpec) -> np.ndarray[Any, Any]:
        if not spec.size:
            return np.zeros(spec.shape, str(spec.dtype))
        return np.array(np.frombuffer(values, str(spec.dtype)).reshape(spec.shape))

    def read_sync(self, data: Any, spec: TensorSpec) -> memoryview:
        flat = np.ascontiguousarray(data).reshape(-1)
        if not flat.flags.writeable or flat.base is not None:
            flat = flat.copy()
        return memoryview(flat)  # type: ignore[arg-type]

    def prepare(
        self, op: Op, specs: tuple[TensorSpec, ...], attrs: dict[str, Any], out: Any
    ) -> Run:
        kernel = self.kernel(op)
        if type(out) is tuple:
            return lambda arrays: kernel(*arrays, **attrs)
        dtype = np.dtype(str(out.dtype))
        shape = out.shape

        def run(arrays: Any) -> np.ndarray[Any, Any]:
            # Overflow, division by 0 and NaN are values here, as on a GPU, not warnings.
            with np.errstate(all="ignore"):
                result = np.asarray(kernel(*arrays, **attrs))
            if result.dtype != dtype:
                result = result.astype(dtype)
            return result if result.shape == shape else result.reshape(shape)

        return run


def create() -> NumpyBackend:
    """Start the backend."""
    return NumpyBackend()
