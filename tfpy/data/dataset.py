"""`Dataset`: elements one after the other, made as they are asked for.

Everything is written once, as asynchronous generators. `async for` lets the event loop run while
an element is awaited; an ordinary `for` drives the same generators without one, which is possible
for everything but sources that must be awaited.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from ..errors import ArgumentError, ShapeError
from ..ops import generator
from ..spec import integer, positive
from ..tensor import Tensor
from ..waiting import run_blocking, settled
from .structure import map_parts, parts_of, stacked

#: What `cardinality` says of datasets without end, and of those whose size nobody knows yet.
INFINITE, UNKNOWN = -1, -2
#: Makes the elements anew; its argument says whether nothing may be awaited.
Open = Callable[[bool], AsyncGenerator[Any]]


class Dataset:
    """Elements that can be gone through again and again: tensors, or tuples and dicts of them.

    Made by `from_tensor_slices`, `from_generator` and the functions of `tfpy.data`; each method
    gives a new dataset. Nothing is computed before somebody iterates, by `for` or, in a page,
    better by `async for`.

    Args:
        open: makes the elements anew, see above.
        size: how many there are, `INFINITE` or `UNKNOWN`, or a function that tells.

    >>> squares = tfpy.data.Dataset.range(5).map(lambda i: i * i)
    >>> [x.tolist() for x in squares.batch(2)]
    [[0, 1], [4, 9], [16]]
    """

    def __init__(self, open: Open, size: int | Callable[[], int] = UNKNOWN) -> None:
        self._open, self._size = open, size

    # --------------------------------------------------------------------------------- sources

    @staticmethod
    def from_tensor_slices(values: Any) -> Dataset:
        """The slices of `values` along its first axis.

        Args:
            values: a tensor or what `tfpy.tensor` takes, or a tuple or dict of them, all with as
                many slices.

        >>> pairs = tfpy.data.Dataset.from_tensor_slices(([1.0, 2.0], ["a", "b"]))
        >>> list(pairs)
        [(tfpy.tensor(1.), tfpy.tensor('a')), (tfpy.tensor(2.), tfpy.tensor('b'))]
        """
        from .rows import Rows

        return Rows.of(values)

    @staticmethod
    def from_tensors(values: Any) -> Dataset:
        """One element, `values`."""
        return Dataset.from_generator(lambda: [values], 1)

    @staticmethod
    def from_generator(
        generator: Callable[[], Any], size: int | Callable[[], int] = UNKNOWN
    ) -> Dataset:
        """The elements of what `generator()` gives anew each time.

        Args:
            generator: gives an iterable, an asynchronous one, or an awaitable of either.
            size: how many elements there are, if that is known.
        """
        if not callable(generator):
            raise ArgumentError(
                f"from_generator takes a function, not a {type(generator).__name__}: what is gone "
                "through once could not be gone through again"
            )

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            found = generator()
            if inspect.isawaitable(found):
                found = await found
            if hasattr(found, "__aiter__"):
                async for x in found:
                    yield x
            else:
                for x in found:
                    yield x

        return Dataset(steps, size)

    @staticmethod
    def range(start: int, stop: int | None = None, step: int = 1) -> Dataset:
        """Python integers, as the built-in `range` has them."""
        numbers = range(start) if stop is None else range(start, stop, step)
        return Dataset.from_generator(lambda: numbers, len(numbers))

    @staticmethod
    def zip(*datasets: Any) -> Dataset:
        """Elements of several datasets side by side, until the shortest ends.

        Args:
            datasets: datasets, or one tuple or dict of them, whose structure elements then have.

        >>> d = tfpy.data.Dataset
        >>> list(d.zip(d.range(3), d.range(10, 20)))
        [(0, 10), (1, 11), (2, 12)]
        """
        together: Any = datasets[0] if len(datasets) == 1 else datasets
        parts = parts_of(together)
        if not parts or not all(isinstance(x, Dataset) for x in parts):
            raise ArgumentError("zip takes datasets, or a tuple or dict of them")

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            opened = [part._open(blocking) for part in parts]
            try:
                while True:
                    row = [await anext(x, _END) for x in opened]
                    if any(x is _END for x in row):
                        return
                    yield _placed(row, together)
            finally:
                for x in opened:
                    await x.aclose()

        def size() -> int:
            sizes = [part.cardinality() for part in parts]
            if UNKNOWN in sizes:
                return UNKNOWN
            return min((n for n in sizes if n >= 0), default=INFINITE)

        return Dataset(steps, size)

    # ------------------------------------------------------------------------------- iteration

    def __iter__(self) -> Iterator[Any]:
        steps = self._open(True)
        try:
            while True:
                try:
                    element = run_blocking(steps.__anext__(), _OTHERWISE)
                except StopAsyncIteration:
                    return
                yield element
        finally:
            run_blocking(steps.aclose())

    def __aiter__(self) -> AsyncGenerator[Any]:
        return self._open(False)

    def cardinality(self) -> int:
        """How many elements there are, `INFINITE` (-1) or `UNKNOWN` (-2)."""
        return self._size if isinstance(self._size, int) else self._size()

    def __len__(self) -> int:
        size = self.cardinality()
        if size < 0:
            raise TypeError(f"this dataset has {'no end' if size == INFINITE else 'no known size'}")
        return size

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        size = self.cardinality()
        names = {INFINITE: "without end", UNKNOWN: "of unknown size"}
        return f"<{type(self).__name__} {names.get(size, f'of {size}')}>"

    def to_list(self) -> list[Any]:
        """All elements."""
        return list(self)

    async def to_list_async(self) -> list[Any]:
        """All elements, awaited."""
        return [x async for x in self]

    async def for_each_async(self, f: Callable[[Any], Any]) -> None:
        """Call `f` on each element; what it returns is awaited if it can be."""
        async for x in self:
            await settled(f(x))

    # --------------------------------------------------------------------- element by element

    def map(self, f: Callable[..., Any]) -> Dataset:
        """`f` of each element; a tuple's parts are arguments of their own. `f` may be a coroutine
        function."""
        _function("map", f)

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    yield await settled(call(f, x))

        return Dataset(steps, self.cardinality)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which `predicate` is true."""
        _function("filter", predicate)

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    if await _truth(await settled(call(predicate, x)), blocking):
                        yield x

        return Dataset(steps)

    def flat_map(self, f: Callable[..., Dataset]) -> Dataset:
        """The elements of the dataset that `f` gives for each element, one after the other."""
        _function("flat_map", f)

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    inner = _dataset("flat_map", await settled(call(f, x)))
                    async with aclosing(inner._open(blocking)) as elements:
                        async for y in elements:
                            yield y

        return Dataset(steps)

    def enumerate(self, start: int = 0) -> Dataset:
        """Pairs of a number, counted from `start`, and an element."""
        numbers = Dataset.from_generator(lambda: _count(start), INFINITE)
        return Dataset.zip(numbers, self)

    # ------------------------------------------------------------------------------- which ones

    def take(self, count: int) -> Dataset:
        """The first `count` elements; all of them for -1."""
        if integer(count, "take: count") < 0:
            return self

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            left = count
            async with aclosing(self._open(blocking)) as source:
                while left > 0:
                    x = await anext(source, _END)
                    if x is _END:
                        return
                    left -= 1
                    yield x

        return Dataset(steps, lambda: _sized(self, lambda n: min(n, count), count))

    def skip(self, count: int) -> Dataset:
        """All but the first `count` elements; none for -1."""
        integer(count, "skip: count")

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            seen = 0
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    seen += 1
                    if 0 <= count < seen:
                        yield x

        left = (lambda n: max(n - count, 0)) if count >= 0 else (lambda n: 0)
        return Dataset(steps, lambda: _sized(self, left, INFINITE))

    def concatenate(self, other: Dataset) -> Dataset:
        """The elements of this dataset, then those of `other`."""
        _dataset("concatenate", other)

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            for part in (self, other):
                async with aclosing(part._open(blocking)) as source:
                    async for x in source:
                        yield x

        def size() -> int:
            sizes = (self.cardinality(), other.cardinality())
            return next((n for n in (INFINITE, UNKNOWN) if n in sizes), sum(sizes))

        return Dataset(steps, size)

    def repeat(self, count: int | None = None) -> Dataset:
        """The elements `count` times over; without end for None or -1."""
        times = None if count is None or integer(count, "repeat: count") < 0 else count

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            done = 0
            while times is None or done < times:
                some = False
                async with aclosing(self._open(blocking)) as source:
                    async for x in source:
                        some = True
                        yield x
                if not some:  # an empty dataset would be repeated forever
                    return
                done += 1

        def size() -> int:
            once = self.cardinality()
            if once == 0 or times == 0:
                return 0
            return INFINITE if times is None else once if once < 0 else once * times

        return Dataset(steps, size)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | str | None = None,
        reshuffle_each_iteration: bool = True,
    ) -> Dataset:
        """The elements in random order, each drawn from the next `buffer_size`.

        Args:
            buffer_size: as many as there are elements for any order to be possible.
            seed: for the same orders in each run; by default as `tfpy.set_seed` has it.
            reshuffle_each_iteration: whether each iteration has an order of its own.
        """
        positive(buffer_size, "shuffle: buffer_size")
        order = _Order(seed, reshuffle_each_iteration)

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            draw, held = order.next(), []
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    held.append(x)
                    if len(held) >= buffer_size:
                        yield _drawn(held, draw)
            while held:
                yield _drawn(held, draw)

        return Dataset(steps, self.cardinality)

    # -------------------------------------------------------------------------------- in batches

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Elements joined along a new first axis, `batch_size` at a time.

        Args:
            batch_size: elements of a batch.
            drop_remainder: whether a last batch of fewer is left out.
        """
        groups = self._groups(batch_size, drop_remainder)
        return Dataset(groups.map(lambda group: stacked(group))._open, groups.cardinality)

    def _groups(self, size: int, drop_remainder: bool) -> Dataset:
        """Lists of `size` elements."""
        positive(size, "batch: batch_size")

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            group = []
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    group.append(x)
                    if len(group) == size:
                        yield group
                        group = []
            if group and not drop_remainder:
                yield group

        count = (lambda n: n // size) if drop_remainder else (lambda n: -(-n // size))
        return Dataset(steps, lambda: _sized(self, count, INFINITE))

    def unbatch(self) -> Dataset:
        """The slices of each element along its first axis."""
        return self.flat_map(lambda *parts: Dataset.from_tensor_slices(_together(parts)))

    # ----------------------------------------------------------------------------------- ahead

    def prefetch(self, buffer_size: int = 2) -> Dataset:
        """The same, with up to `buffer_size` elements made while the one before is used.

        Only `async for` leaves time for that.
        """
        positive(buffer_size, "prefetch: buffer_size")

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            source = self._open(blocking)
            ahead = _read_on(source) if blocking else _read_ahead(source, buffer_size)
            async with aclosing(ahead):
                async for x in ahead:
                    yield x

        return Dataset(steps, self.cardinality)

    def cache(self) -> Dataset:
        """The same, kept in memory once they have been gone through to the end."""
        kept: list[Any] | None = None

        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            nonlocal kept
            if kept is not None:
                for x in kept:
                    yield x
                return
            seen = []
            async with aclosing(self._open(blocking)) as source:
                async for x in source:
                    seen.append(x)
                    yield x
            kept = seen

        return Dataset(steps, lambda: self.cardinality() if kept is None else len(kept))


# ----------------------------------------------------------------------------------------- helpers

_END = object()
_OTHERWISE = "go through it by 'async for', or train by 'await model.fit_async'"


def call(f: Callable[..., Any], element: Any) -> Any:
    """`f` of an element; the parts of a tuple are arguments of their own."""
    plain = isinstance(element, tuple) and not hasattr(element, "_fields")
    return f(*element) if plain else f(element)


async def _truth(value: Any, blocking: bool) -> bool:
    if isinstance(value, Tensor) and not blocking:
        if value.size != 1:
            raise ShapeError(f"filter: the predicate gave a tensor of shape {value.shape}")
        return bool((await value.data())[0])
    return bool(value)


def _placed(row: list[Any], structure: Any) -> Any:
    """The values of `row` in the places of a structure."""
    values = iter(row)
    return map_parts(lambda _: next(values), structure)


def _together(parts: tuple[Any, ...]) -> Any:
    return parts[0] if len(parts) == 1 else parts


def _function(what: str, given: Any) -> None:
    if not callable(given):
        raise ArgumentError(f"{what} takes a function, not {given!r:.50}")


def _dataset(what: str, given: Any) -> Dataset:
    if not isinstance(given, Dataset):
        raise ArgumentError(f"{what}: {given!r:.50} is no dataset")
    return given


def _count(number: int) -> Iterator[int]:
    while True:
        yield number
        number += 1


def _sized(dataset: Dataset, change: Callable[[int], int], endless: int) -> int:
    """The size after `change`; `endless` of a dataset without end."""
    size = dataset.cardinality()
    return change(size) if size >= 0 else endless if size == INFINITE else UNKNOWN


def _drawn(held: list[Any], draw: random.Random) -> Any:
    """A random element, taken out."""
    at = draw.randrange(len(held))
    held[at], held[-1] = held[-1], held[at]
    return held.pop()


class _Order:
    """Where the orders of a shuffled dataset come from: a generator for each iteration."""

    def __init__(self, seed: int | str | None, anew: bool) -> None:
        self._seed, self._anew, self._times = seed, anew, 0

    def next(self) -> random.Random:
        """The generator of the next iteration."""
        seed = generator.host_seed() if self._seed is None else self._seed
        if not self._anew:
            self._seed = seed
            return random.Random(seed)
        self._times += 1
        return random.Random(f"{seed}/{self._times}")


async def _read_on(source: AsyncGenerator[Any]) -> AsyncGenerator[Any]:
    async with aclosing(source):
        async for x in source:
            yield x


async def _read_ahead(source: AsyncGenerator[Any], count: int) -> AsyncGenerator[Any]:
    """The elements of `source`, which a task of its own reads up to `count` ahead."""
    ready: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue(count)

    async def read() -> None:
        try:
            async with aclosing(source):
                async for x in source:
                    await ready.put((x, None))
            await ready.put((_END, None))
        except BaseException as error:
            # What is raised for the elements may be a cancellation, too, if not of this task.
            if task.cancelling():
                raise
            await ready.put((_END, error))

    task = asyncio.ensure_future(read())
    try:
        while True:
            x, error = await ready.get()
            if error is not None:
                raise error
            if x is _END:
                return
            yield x
    finally:
        task.cancel()
