"""What a backend is: the protocol and what every backend shares.

A backend keeps tensors' data and prepares kernels. It never decides shapes (`op.infer` has done
that) and never sees tapes or scopes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..dtypes import DType
from ..errors import BackendError, DTypeError
from ..spec import TensorSpec

if TYPE_CHECKING:
    from ..plan.graph import Graph, Plan
    from ..registry import Op
    from ..tensor import Tensor

#: A prepared kernel: takes the inputs' data handles, returns the output's handle, or a tuple.
Run = Callable[[Sequence[Any]], Any]


class Backend(ABC):
    """Base class of backends.

    A data handle is any object; it must free what it holds when Python drops it. Handles are
    immutable once made, so tensors may share them.

    Attributes:
        name: the name in `set_backend`.
        kernels: kernel by operation name; `name in kernels` is how tfpy asks what exists.
        dtypes: the element types this backend can hold.
        numbers: data handles of Python numbers that operands were, by dtype and value.
        prepared: `engine.apply`'s table of (output spec, prepared kernel) by call signature.
    """

    name: str
    dtypes: frozenset[DType]
    kernels: dict[str, Any]
    #: Whether its tensors stand for values of a later run: true of the tracer only.
    symbolic = False

    def __init__(self) -> None:
        self.numbers: dict[tuple[DType, float], Any] = {}
        self.prepared: dict[tuple[Any, ...], tuple[Any, Run]] = {}

    @abstractmethod
    def upload(self, values: memoryview, spec: TensorSpec) -> Any:
        """A data handle with a copy of `values`: flat, row-major, in the dtype's buffer format."""

    def adopt(self, x: Tensor) -> Any:
        """The data of `x`, which lives on another backend, moved here."""
        values = x.data_sync()
        x._data, x.backend = self.upload(values, x.spec), self
        return x._data

    @abstractmethod
    def read_sync(self, data: Any, spec: TensorSpec) -> memoryview:
        """The elements as a flat buffer in the dtype's format; blocks until computed."""

    async def read(self, data: Any, spec: TensorSpec) -> memoryview:
        """The same as `read_sync`, letting the event loop run meanwhile."""
        return self.read_sync(data, spec)

    @abstractmethod
    def prepare(
        self, op: Op, specs: tuple[TensorSpec, ...], attrs: dict[str, Any], out: Any
    ) -> Run:
        """The kernel of `op` for these specs and attributes, ready to be called many times."""

    def compile(self, graph: Graph) -> Plan:
        """`graph` ready to be run many times.

        Here it is interpreted with the kernels of `prepare`; a backend that can fuse or replay
        does better.
        """
        from ..plan.interpret import Interpreter

        return Interpreter(self, graph)

    def kernel(self, op: Op) -> Any:
        """The kernel registered for `op`."""
        found = self.kernels.get(op.name)
        if found is None:
            raise BackendError(f"the {self.name} backend has no kernel for {op.name}")
        return found

    def check_dtype(self, op: str, dtype: DType) -> None:
        """Refuse types this backend cannot hold."""
        if dtype not in self.dtypes:
            names = ", ".join(sorted(self.dtypes))
            raise DTypeError(f"{op}: the {self.name} backend has no {dtype} (it has {names})")

    def tune(self, wanted: Mapping[str, str] | None = None) -> dict[str, str]:
        """Use the variants of kernels that are `wanted`, or else the fastest; say which these are.

        Here there are none to choose from.
        """
        return {}

    def memory(self) -> dict[str, int]:
        """Counts of what the device holds, merged into `tfpy.memory()`."""
        return {}

    def describe(self) -> dict[str, Any]:
        """The device and its limits, for people to read."""
        return {"backend": self.name}

    def dispose(self) -> None:
        """Free everything; the backend is not used again."""
        self.numbers.clear()
        self.prepared.clear()
