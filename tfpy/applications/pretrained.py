"""What all pretrained models have in common: how they are loaded, warmed up and let go.

Steps before and after a network are in the module of each model; this one knows of none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, ModelFormatError
from ..graphs.model import GraphModel, from_model_json
from ..io import layers_model
from ..io.files import read as read_file
from ..io.handlers import OnProgress, Source, open_local, open_source
from ..io.model_json import parse_json, read_any_model_json
from ..io.transfer import uncounted
from ..models import Model
from ..ops.movement import concat
from ..tensor import Tensor
from ..waiting import Blocking, run_blocking
from .stopwatch import stage

if TYPE_CHECKING:
    from ..plan.graph import OnSteps

#: What runs: a graph model or a layers model.
Network = GraphModel | Model
P = TypeVar("P", bound="Pretrained")


class Pretrained:
    """A pretrained model with the steps around it. Make one with `await X.load(...)`.

    A subclass names its networks in `URLS` (for most it is one, called `model`), takes them as the
    first arguments of `__init__`, in that order, and gives them as attributes of those names. After
    them it takes the content of the files it names in `FILES`.

    Attributes:
        URLS: where TF.js publishes each network, by name.
        FILES: the names of JSON files beside the first network, by argument.
    """

    URLS: ClassVar[Mapping[str, str]] = {}
    FILES: ClassVar[Mapping[str, str]] = {}

    @classmethod
    async def load_networks(
        cls: type[P], urls: Mapping[str, Any], on_progress: OnProgress | None, **options: Any
    ) -> P:
        """The model with its networks from `urls`, or where that has None from `URLS`; among the
        options is where each of `FILES` is, or None."""
        return await _load(cls, open_source, urls, on_progress, options)

    @classmethod
    def load_networks_sync(
        cls: type[P], urls: Mapping[str, Any], on_progress: OnProgress | None, **options: Any
    ) -> P:
        """The same for local folders, without await."""
        return run_blocking(_load(cls, open_local, urls, on_progress, options))

    @property
    def networks(self) -> list[Network]:
        """The networks, in the order of `URLS`."""
        return [getattr(self, name) for name in self.URLS]

    async def warmup(self, on_progress: OnSteps | None = None, *, tune: bool = True) -> None:
        """Prepare the first prediction, as `Model.warmup` does; the page stays alive meanwhile.

        Args:
            on_progress: called as `on_progress(done_steps, total_steps)`, for each network anew.
            tune: whether the kernels' variants may be measured.
        """
        for network, shape in zip(self.networks, self._input_shapes(), strict=True):
            await network.warmup(shape, on_progress, tune=tune)

    def _input_shapes(self) -> list[Any]:
        """What each network takes, where it leaves that open; None where it does not."""
        return [None] * len(self.networks)

    def dispose(self) -> None:
        """Free the weights now."""
        for network in self.networks:
            network.dispose()


async def _load(
    cls: Callable[..., P],
    open_one: Callable[[Any], Source],
    urls: Mapping[str, Any],
    on_progress: OnProgress | None,
    options: Mapping[str, Any],
) -> P:
    defaults: Mapping[str, str] = getattr(cls, "URLS", {})
    networks: list[Network] = []
    files: Mapping[str, str] = getattr(cls, "FILES", {})
    tell = _Total(len(urls), on_progress)
    try:
        sources = [open_one(defaults[name] if url is None else url) for name, url in urls.items()]
        for source in sources:
            networks.append(await load_network(source, tell.next()))
        contents = {
            name: await _content(
                options.get(name), file, sources[0], networks[0], open_one is open_local
            )
            for name, file in files.items()
        }
        return cls(*networks, **{**options, **contents})
    except BaseException:
        for network in networks:
            network.dispose()
        raise


async def _content(where: Any, file: str, source: Source, network: Network, blocking: bool) -> Any:
    """The content of a JSON file: at `where`, which may be the content itself, or by default what
    a saved model has under the file's name, or the file beside the network."""
    if isinstance(where, (list, dict)):
        return where
    if where is not None:
        return parse_json(bytes((await read_file(where, blocking))[:]), f"{file} at {where!s:.80}")
    kept = getattr(network, "user_defined_metadata", None) or {}
    if file in kept:
        return kept[file]
    async with aclosing(source.shards([file], uncounted)) as shards:
        async for shard in shards:
            return parse_json(bytes(shard[:]), f"{file} of {source.name}")
    raise ModelFormatError(f"{source.name} comes without a {file}; say where it is")


async def load_network(source: Source, on_progress: OnProgress | None = None) -> Network:
    """The graph model or layers model at `source`. Raises what the loaders of both do."""
    kind, file = await read_any_model_json(source)
    if kind == "graph-model":
        return await from_model_json(source, file, on_progress)
    return await layers_model.from_model_json(source, file, on_progress)


async def execute(graph: GraphModel, wait: Blocking, inputs: Any, outputs: Any = None) -> Any:
    """`GraphModel.execute`, waiting as `wait` does."""
    with stage("network"):
        if wait.is_async:
            return await graph.execute_async(inputs, outputs)
        return graph.execute(inputs, outputs)


@cache
def read_lines(name: str) -> Sequence[str]:
    """The lines of the text file `name` beside this module: labels, a vocabulary."""
    path = os.path.join(os.path.dirname(__file__), name)
    with open(path, encoding="utf-8") as file:
        return tuple(file.read().splitlines())


def hub(path: str) -> str:
    """Where TensorFlow Hub keeps the `model.json` of the model at `path`."""
    return f"https://tfhub.dev/{path}/model.json?tfjs-format=file"


def choose(function: str, argument: str, value: Any, among: Mapping[Any, Any]) -> Any:
    """What `among` has for `value`. Raises `ArgumentError`, listing what there is."""
    try:
        return among[value]
    except (KeyError, TypeError):
        there = ", ".join(repr(name) for name in among)
        raise ArgumentError(f"{function}: {argument} is one of {there}, not {value!r}") from None


def listed(what: str, values: Any) -> tuple[Any, ...]:
    """`values` as a tuple. Raises `ArgumentError` for what is no list, such as a text."""
    try:
        if not isinstance(values, (str, bytes)):
            return tuple(values)
    except TypeError:
        pass
    raise ArgumentError(f"{what} must be a list, not {values!r:.50}")


async def run(
    wait: Blocking, network: Network, x: Tensor, outputs: Sequence[str] | None = None
) -> list[Tensor]:
    """The outputs of `network`, a graph model's of those names."""
    if isinstance(network, GraphModel):
        found = await execute(network, wait, x, outputs)
    else:
        with stage("network"):
            found = network(x)
    return [found] if isinstance(found, Tensor) else list(found)


async def run_for_one(what: str, wait: Blocking, network: Network, x: Tensor) -> Tensor:
    """The output of a network that has one. Raises `ModelFormatError` if it has several."""
    found = await run(wait, network, x)
    if len(found) != 1:
        raise ModelFormatError(f"{what}: the model has {len(found)} outputs, not one")
    return found[0]


def check_outputs(what: str, network: Network, names: Sequence[str]) -> None:
    """Raise `ModelFormatError` if `network` has no outputs or nodes of these names."""
    lacking = list(names)
    if isinstance(network, GraphModel):
        known = {info.key for info in network.outputs}
        lacking = [n for n in names if n not in known and not network.has_node(n.split(":")[0])]
    if lacking:
        raise ModelFormatError(f"{what}: the model has no output {', '.join(lacking)}")


async def read(wait: Blocking, *parts: Tensor) -> list[Any]:
    """The values of tensors of floats, each as a flat memoryview, with one wait for all."""
    flat = [engine.cast_to(part, float32).reshape((-1,)) for part in parts]
    whole = flat[0] if len(flat) == 1 else concat(flat, 0)
    with stage("device"):
        values = await wait.read(whole)
    ends = list(accumulate(part.size for part in parts))
    return [values[end - part.size : end] for part, end in zip(parts, ends, strict=True)]


class _Total:
    """Adds up the progress of networks that load one after the other. Their sizes become known in
    turn, so the total is that of those begun, and unknown (None) before the last one."""

    def __init__(self, networks: int, on_progress: OnProgress | None) -> None:
        self._left, self._tell = networks, on_progress
        self._before = self._done = 0

    def next(self) -> OnProgress:
        """What to tell of the next network."""
        self._left -= 1
        self._before += self._done
        self._done = 0
        return self._add

    def _add(self, done: int, total: int | None) -> None:
        self._done = done
        if self._tell:
            known = total is not None and not self._left
            self._tell(self._before + done, self._before + total if known and total else None)
