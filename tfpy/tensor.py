"""`Tensor`: an immutable n-dimensional array on a device.

A tensor is a spec (shape and dtype) and a data handle that belongs to a backend. When Python drops
the tensor, the handle goes with it; nobody has to free anything. Operators and the methods named
after operations are attached by `tfpy.ops`, so this module imports no operation.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from . import display
from .errors import ArgumentError, DisposedError, DTypeError, ImmutableError, ShapeError
from .spec import TensorSpec

if TYPE_CHECKING:
    from .backends import Backend
    from .dtypes import DType
    from .tensor_buffer import TensorBuffer
    from .variable import Variable

_ids = itertools.count()
#: NumPy's functions that write into their first argument.
_WRITING = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


class Tensor:
    """An immutable array of one dtype on one backend.

    Make one with `tfpy.tensor`, `tfpy.zeros` and friends, or by computing. Its values may not have
    been computed yet when you get it; reading (`await t.data()`, `t.data_sync()`, `t.numpy()`,
    `t.tolist()`) waits for them.
    """

    # `_keras_mask` is set on the outputs of layers that mask (`layers.masking`), and only there.
    __slots__ = ("__weakref__", "_data", "_keras_mask", "backend", "id", "kept", "spec")

    # Larger than NumPy's, so that `ndarray * tensor` asks the tensor.
    __array_priority__ = 1000

    def __init__(self, data: Any, spec: TensorSpec, backend: Backend) -> None:
        self._data, self.spec, self.backend = data, spec, backend
        self.id = next(_ids)
        self.kept = False

    # ------------------------------------------------------------------------------ description

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each axis."""
        return self.spec.shape

    @property
    def dtype(self) -> DType:
        """Element type."""
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.spec.shape)

    rank = ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.spec.size

    @property
    def nbytes(self) -> int:
        """Bytes of the elements, without a device's padding."""
        return self.spec.nbytes

    @property
    def strides(self) -> tuple[int, ...]:
        """Elements from one index to the next along each axis, row-major."""
        return self.spec.strides

    @property
    def device(self) -> str:
        """Name of the backend that holds the data."""
        return self.backend.name

    def to_device(self, device: str, /, *, stream: Any = None) -> Tensor:
        """The tensor on the backend of that name: itself, or a copy without gradient."""
        from . import engine

        return engine.to_backend(self, device)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        from . import array_api

        if api_version is not None and api_version > array_api.__array_api_version__:
            raise ArgumentError(
                f"__array_namespace__: there is {array_api.__array_api_version__}, "
                f"not {api_version!r}"
            )
        return array_api

    def __len__(self) -> int:
        if not self.spec.shape:
            raise ShapeError("len() of a scalar tensor")
        return self.spec.shape[0]

    def __repr__(self) -> str:
        return display.text(self)

    def _repr_html_(self) -> str:
        return display.html(self)

    def print(self, verbose: bool = False) -> None:
        """Print the values, with `verbose` the dtype, rank and shape too."""
        print(display.text(self, verbose=verbose))

    # ------------------------------------------------------------------------------------ data

    def data_on(self, backend: Backend) -> Any:
        """The data handle on `backend`, moved there if it lives elsewhere."""
        if self._data is None:
            raise DisposedError(f"tensor of shape {self.shape} is disposed")
        if self.backend is backend or self.spec.dtype.kind == "s":
            return self._data
        return backend.adopt(self)

    async def data(self) -> memoryview:
        """What `data_sync` gives, without blocking the event loop meanwhile."""
        if self.spec.dtype.kind == "s":
            return self.data_sync()
        return await self.backend.read(self.data_on(self.backend), self.spec.stored)

    def data_sync(self) -> memoryview:
        """The elements, flat and row-major; blocks until they are computed.

        Complex ones are their real and imaginary parts in turn, strings a list.

        >>> tfpy.tensor([[1, 2], [3, 4]]).data_sync().tolist()
        [1, 2, 3, 4]
        """
        data = self.data_on(self.backend)
        if self.spec.dtype.kind == "s":
            return list(data)  # type: ignore[return-value]
        return self.backend.read_sync(data, self.spec.stored)

    dataSync = data_sync

    async def array(self) -> Any:
        """The values as nested lists (a number for a scalar), without blocking the event loop."""
        return display.nested(display.elements(await self.data(), self.dtype), self.shape)

    def tolist(self) -> Any:
        """The values as nested lists (a number for a scalar); blocks."""
        return display.nested(display.elements(self.data_sync(), self.dtype), self.shape)

    array_sync = tolist

    async def buffer(self) -> TensorBuffer:
        """The values as a `TensorBuffer`, whose elements can be changed."""
        from .tensor_buffer import TensorBuffer

        return TensorBuffer(self.shape, self.dtype, await self.data())

    def buffer_sync(self) -> TensorBuffer:
        """The values as a `TensorBuffer`, whose elements can be changed; blocks."""
        from .tensor_buffer import TensorBuffer

        return TensorBuffer(self.shape, self.dtype, self.data_sync())

    async def bytes(self) -> bytes:
        """The elements' little-endian bytes."""
        return (await self.data()).tobytes()

    def numpy(self) -> Any:
        """The values as a NumPy array; blocks. Needs NumPy loaded."""
        import numpy as np

        flat = np.asarray(self.data_sync())
        if self.dtype.kind == "s":
            return flat.astype(object).reshape(self.shape)
        return np.array(flat.view(str(self.dtype)).reshape(self.shape))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        values = self.numpy()
        return values if dtype is None else values.astype(dtype)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions see the values, as after `np.asarray`, and give NumPy's; blocks.

        Raises:
            ImmutableError: the function would write into a tensor.

        >>> import numpy as np
        >>> int(np.argmax(tfpy.tensor([1.0, 3.0, 2.0])))
        1
        """
        name = function.__name__
        if name in ("shape", "ndim", "size"):  # these are known without the values
            return function._implementation(*args, **kwargs)
        written = [kwargs.get("out"), *([*args, *kwargs.values()][:1] if name in _WRITING else ())]
        if any(isinstance(x, Tensor) for x in written):
            raise ImmutableError(f"np.{name} would write into a tensor: tensors never change")
        return function(*_arrays(args), **{k: _arrays(v) for k, v in kwargs.items()})

    def __dlpack_device__(self) -> tuple[int, int]:
        """Values are handed over in host memory (kDLCPU), wherever they are computed."""
        return 1, 0

    def __dlpack__(self, *, copy: bool | None = None, **options: Any) -> Any:
        """A copy for another library: tensors never change, and others may. Needs NumPy loaded."""
        if copy is False:
            raise BufferError("__dlpack__: copy=False, but the elements have to be copied")
        return self.numpy().__dlpack__(**options)

    def __buffer__(self, flags: int, /) -> memoryview:
        """The values for `memoryview(t)`, read-only; from Python 3.12 on."""
        if flags & 1 or not self.size or self.dtype.kind in "cs":
            raise BufferError("a tensor gives a buffer for reading, of real numbers if it has any")
        view: Any = self.data_sync()
        return view.toreadonly().cast("B").cast(self.dtype.format, self.shape)

    def variable(self, trainable: bool = True, name: str | None = None) -> Variable:
        """A `tfpy.Variable` that begins with these values."""
        from .variable import Variable

        return Variable(self, trainable, name)

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number or string; blocks."""
        if self.size != 1:
            raise ShapeError(f"item() needs one element, the shape is {self.shape}")
        return display.elements(self.data_sync(), self.dtype)[0]

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise DTypeError(f"only an integer tensor can be an index, this one is {self.dtype}")
        return int(self.item())

    def __format__(self, format_spec: str) -> str:
        return format(self.item(), format_spec) if format_spec else repr(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise ImmutableError(
            "x[...] = y: tensors never change; tfpy.where(mask, y, x) makes a new one"
        )

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    # -------------------------------------------------------------------------------- lifetime

    @property
    def is_disposed(self) -> bool:
        """True after `dispose()`."""
        return self._data is None

    def dispose(self) -> None:
        """Let go of the data now instead of when Python drops the tensor."""
        self._data = None

    # Tensors hash by identity: `==` compares elements, as in NumPy.
    __hash__ = object.__hash__

    if TYPE_CHECKING:  # operators and methods named after operations: see tfpy.ops

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Tensor: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __pos__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...


def _arrays(value: Any) -> Any:
    """NumPy arrays in place of the tensors in nested lists and tuples."""
    if type(value) in (list, tuple):
        return type(value)(map(_arrays, value))
    return value.numpy() if isinstance(value, Tensor) else value
