"""What a backend is: the protocol and what every backend shares.

A backend keeps tensors' data and prepares kernels. It never decides shapes (`op.infer` has done
that) and never sees tapes or scopes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
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
#: Is given an operation's name, the specs of its results and what runs it; runs it.
Observer = Callable[[str, Sequence[TensorSpec], Callable[[], Any]], Any]


class Timer(ABC):
    """Measures pieces of work one after the other.

    Attributes:
        kind: how it measures, for people.
        on_device: whether the device itself measures, so that nothing waits for it.
    """

    kind: str
    on_device: bool

    @abstractmethod
    def begin(self) -> None:
        """A piece of work begins."""

    @abstractmethod
    def end(self) -> None:
        """It has been asked for completely."""

    @abstractmethod
    async def read(self) -> list[float]:
        """Milliseconds of each piece so far."""


class ClockTimer(Timer):
    """Measures by the clock.

    Args:
        finish: blocks until the device is idle; what that costs by itself does not count.
    """

    kind, on_device = "wall clock", False

    def __init__(self, finish: Callable[[], None]) -> None:
        self._finish = finish
        self._ms: list[float] = []
        self._cost = 0.0
        finish()
        for _ in range(5):
            self.begin()
            self.end()
        self._cost = min(self._ms)
        self._ms.clear()

    def begin(self) -> None:
        self._start = perf_counter()

    def end(self) -> None:
        self._finish()
        self._ms.append(max(1000 * (perf_counter() - self._start) - self._cost, 0.0))

    async def read(self) -> list[float]:
        return self._ms


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
    #: Whether variants of kernels have been chosen, or there are none to choose from.
    tuned = True
    #: Whether its tensors stand for values of a later run: true of the tracer only.
    symbolic = False
    #: Who is told of every operation that runs, see `watched`.
    observer: Observer | None = None

    def __init__(self) -> None:
        self.numbers: dict[tuple[DType, float], Any] = {}
        self.prepared: dict[tuple[Any, ...], tuple[Any, Run]] = {}

    @abstractmethod
    def upload(self, values: memoryview, spec: TensorSpec) -> Any:
        """A data handle with a copy of `values`: flat, row-major, in the dtype's buffer format."""

    def hold(self, read: Callable[[], memoryview], spec: TensorSpec) -> Any:
        """A data handle of what `read()` gives, the same each time: for values that somebody keeps.

        A backend whose kernels need them elsewhere may ask for them when one does.
        """
        return self.upload(read(), spec)

    def once(self, run: Run, inputs: Sequence[Any]) -> Any:
        """`run(inputs)`, where nobody is expected to need these inputs again soon."""
        return run(inputs)

    def adopt(self, x: Tensor) -> Any:
        """The data of `x`, which lives on another backend, moved here."""
        values = x.data_sync()
        x._data, x.backend = self.upload(values, x.spec.stored), self
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

    # ------------------------------------------------------------------------------- measuring

    def finish(self) -> None:  # noqa: B027 - nothing to wait for where kernels compute at once
        """Block until everything asked for so far is computed."""

    def timer(self) -> Timer:
        """What measures work on this device best."""
        return ClockTimer(self.finish)

    @contextmanager
    def watched(self, observer: Observer) -> Iterator[None]:
        """Within, every operation runs through `observer`, in plans every pass.

        Kernels are prepared anew for that, so that at other times nobody has to ask.
        """
        prepared, self.prepared = self.prepared, {}
        self.observer = observer
        try:
            yield
        finally:
            self.observer, self.prepared = None, prepared

    def observed(self, name: str, out: Any, run: Run) -> Run:
        """`run` for as long as somebody watches; the first time it runs twice, to compile."""
        outs = (out,) if isinstance(out, TensorSpec) else tuple(out)
        met = False

        def observed(inputs: Sequence[Any]) -> Any:
            nonlocal met
            if not met:
                met = True
                run(inputs)
                self.finish()
            assert self.observer is not None
            return self.observer(name, outs, lambda: run(inputs))

        return observed

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

    def known(self) -> dict[str, str] | None:
        """The fastest variants of kernels, by family, where this device need not be measured."""
        return None

    async def fastest(self, seconds: float, pause: Callable[[], Awaitable[None]]) -> dict[str, str]:
        """The fastest variants of kernels that can be found in `seconds`, by family; `pause` lets
        others run in between.

        Here there are none to choose from.
        """
        return {}

    def tune(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Use the variants of kernels that are `wanted` from now on; say what is used."""
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
