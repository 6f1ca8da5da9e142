"""Graph models: TensorFlow SavedModels that TF.js's converter wrote, loaded and run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..dtypes import string
from ..errors import (
    ArgumentError,
    DisposedError,
    DTypeError,
    ModelFormatError,
    ShapeError,
    UnsupportedError,
)
from ..plan.warmup import Known, input_specs
from ..tensor import Tensor
from ..waiting import run_blocking
from .artifacts import Artifacts
from .graph_def import Graph, Port, TensorInfo, parse_graph, parse_port
from .graph_plan import Plan, check_nodes, needed_nodes
from .handlers import OnProgress, Source, open_local, open_source
from .model_json import read_model_json, read_weights, weights_manifest
from .weights import Entry, encode

if TYPE_CHECKING:
    from ..plan.graph import OnSteps
    from .quantize import Quantization


async def load_graph_model(
    url_or_path: Any,
    *,
    on_progress: OnProgress | None = None,
    weight_path_prefix: str | None = None,
) -> GraphModel:
    """Load a graph model.

    Args:
        url_or_path: the `model.json`: a URL (in a page also a relative one), a local path or
            folder, or a mapping of file names to bytes.
        on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.
        weight_path_prefix: where the weight files lie, if not beside `model.json`.

    Raises:
        FetchError: a file cannot be read; it is named.
        UnsupportedError: the model needs operations tfpy lacks; all are listed.
        ModelFormatError: what was read is not a complete graph model.
    """
    return await _load(open_source(url_or_path, weight_path_prefix), on_progress)


def load_graph_model_sync(
    path: Any, *, on_progress: OnProgress | None = None, weight_path_prefix: str | None = None
) -> GraphModel:
    """`load_graph_model` for local files, without await."""
    return run_blocking(_load(open_local(path, weight_path_prefix), on_progress))


async def _load(source: Source, on_progress: OnProgress | None) -> GraphModel:
    return await from_model_json(source, await read_model_json(source, "graph-model"), on_progress)


async def from_model_json(
    source: Source, file: dict[str, Any], on_progress: OnProgress | None = None
) -> GraphModel:
    """The model of a `model.json` that has been read; its weights are read from `source`."""
    try:
        graph = parse_graph(file)
        _check(graph, [entry.name for entry in weights_manifest(source, file).entries])
    except ModelFormatError as error:
        raise type(error)(f"{source.name}: {error}") from None
    weights: dict[str, Any] = {}

    def use(entry: Entry, value: Any) -> None:
        weights[entry.name] = engine.keep(value)

    await read_weights(source, file, on_progress, use)
    content = {k: v for k, v in file.items() if k != "weightsManifest"}
    return GraphModel(graph, weights, content)


def _check(graph: Graph, weights: Sequence[str]) -> None:
    """Refuse a graph that could not run, before its weights are fetched."""
    nodes = graph.nodes
    inputs = [info.port.node for info in graph.inputs]
    outputs = [info.port for info in graph.outputs]
    order = needed_nodes(nodes, inputs, [port.node for port in outputs])
    check_nodes(nodes, [name for name in order if name not in inputs], outputs)
    have = set(weights)
    lacking = [name for name in order if nodes[name].op == "Const" and name not in have]
    if lacking:
        raise ModelFormatError(f"constants without a weight: {', '.join(lacking)}")


class GraphModel:
    """A graph of TensorFlow operations with constant weights. For inference only.

    Attributes:
        inputs, outputs: what goes in and comes out: `TensorInfo` with key, name, shape and dtype,
            in the signature's order.
        weights: the constants by node name.
    """

    def __init__(self, graph: Graph, weights: dict[str, Any], content: dict[str, Any]) -> None:
        self._graph = graph
        self.weights = weights
        #: What `model.json` said beside the weights.
        self._content = content
        self._plans: dict[tuple[Port, ...], Plan] = {}
        self._disposed = False

    @property
    def inputs(self) -> list[TensorInfo]:
        """What the model takes."""
        return self._graph.inputs

    @property
    def outputs(self) -> list[TensorInfo]:
        """What the model gives."""
        return self._graph.outputs

    @property
    def input_nodes(self) -> list[str]:
        """Names of the inputs' nodes."""
        return [info.name for info in self.inputs]

    @property
    def output_nodes(self) -> list[str]:
        """Names of the outputs' nodes."""
        return [info.name for info in self.outputs]

    def has_node(self, name: str) -> bool:
        """Whether the graph has a node of that name."""
        return name in self._graph.nodes

    def __repr__(self) -> str:
        takes, gives = ", ".join(self.input_nodes), ", ".join(self.output_nodes)
        return f"<GraphModel {takes} -> {gives}, {len(self._graph.nodes)} nodes>"

    def __call__(self, inputs: Any) -> Any:
        return self.predict(inputs)

    def predict(self, inputs: Any) -> Any:
        """The model's outputs.

        Args:
            inputs: a tensor (or anything `tfpy.tensor` takes) for one input, a list in the order of
                `self.inputs`, or a dict by name.

        Returns:
            A tensor; for several outputs a list in the order of `self.outputs`, or a dict where
            the model names its outputs (`structuredOutputKeys`).
        """
        found = self.execute(inputs, [info.name for info in self.outputs])
        keys = self._graph.structured_keys
        if keys:
            return dict(zip(keys, found, strict=True))
        return found[0] if len(found) == 1 else found

    def execute(self, inputs: Any, outputs: str | Sequence[str] | None = None) -> Any:
        """The values of any nodes.

        Args:
            inputs: as in `predict`.
            outputs: a node's name (`node`, or `node:1` for its second output) gives a tensor, a
                list of names a list. By default the model's outputs.

        Raises:
            ArgumentError: there is no such node or input.
            ShapeError, DTypeError: an input does not fit.
        """
        if outputs is None:
            outputs = self.output_nodes
        plan = self._plan_for([outputs] if isinstance(outputs, str) else outputs)
        results = plan.run(self._values(inputs))
        return results[0] if isinstance(outputs, str) else results

    async def warmup(self, input_shape: Any = None, on_progress: OnSteps | None = None) -> None:
        """Prepare the first prediction, as `Model.warmup` does.

        Args:
            input_shape: the input's shape with the batch, for several inputs a list of them. By
                default the model's, and a batch of one.
            on_progress: called as `on_progress(done_steps, total_steps)`.

        Raises:
            ArgumentError: the model does not know a size that is not the batch's.
            ShapeError: `input_shape` does not fit the model.
        """
        known = [Known(info.name, info.shape, info.dtype) for info in self.inputs]
        specs = input_specs("GraphModel", known, input_shape)
        plan = self._plan_for([info.name for info in self.outputs])
        await plan.warm_up(specs, on_progress or (lambda done, total: None))

    def _plan_for(self, outputs: Sequence[str]) -> Plan:
        if self._disposed:
            raise DisposedError("this graph model is disposed")
        ports = tuple(self._port(n) for n in outputs)
        plan = self._plans.get(ports)
        if plan is None:
            plan = self._plans[ports] = self._plan(ports)
        return plan

    def save(self, where: Any, *, quantization: Quantization = None) -> None:
        """Write the model as it was loaded, in the same format, which TF.js reads too.

        Args:
            where, quantization: as for `tfpy.save_layers_model`, with the errors listed there.
        """
        run_blocking(self._save(where, quantization, True))

    async def save_async(self, where: Any, *, quantization: Quantization = None) -> None:
        """`save`, to `indexeddb://` and a name too, while the page stays alive."""
        await self._save(where, quantization, False)

    async def _save(self, where: Any, quantization: Quantization, blocking: bool) -> None:
        from .targets import open_target  # only saving needs it

        if self._disposed:
            raise DisposedError("this graph model is disposed")
        target = open_target(where)
        entries, parts = await encode([*self.weights.items()], blocking, quantization)
        await target.save(Artifacts(self._content, entries, parts), blocking)

    def dispose(self) -> None:
        """Free the weights now; the model cannot be used again."""
        self._disposed = True
        self._plans.clear()
        engine.dispose(self.weights)

    def _port(self, name: str) -> Port:
        for info in self.outputs:
            if info.key == name:
                return info.port
        port = parse_port(name)
        if name in self._graph.nodes:
            port = Port(name, 0)
        if port.node not in self._graph.nodes:
            raise ArgumentError(f"the model has no node {name!r}")
        return port

    def _plan(self, ports: tuple[Port, ...]) -> Plan:
        nodes = self._graph.nodes
        inputs = [info.port.node for info in self.inputs]
        order = needed_nodes(nodes, inputs, [port.node for port in ports])
        check_nodes(nodes, [name for name in order if name not in inputs], ports)
        held = {n: self.weights[n] for n in order if nodes[n].op == "Const"}
        strings = [n for n, value in held.items() if value.dtype is string]
        if strings:
            raise UnsupportedError(f"constants that hold strings: {', '.join(strings)}")
        return Plan(nodes, self.weights, inputs, ports)

    # ------------------------------------------------------------------------------- inputs

    def _values(self, inputs: Any) -> list[Tensor]:
        infos = self.inputs
        if isinstance(inputs, dict):
            given = self._by_name(inputs)
        elif len(infos) == 1 and not (isinstance(inputs, (list, tuple)) and _is_one_tensor(inputs)):
            given = [inputs]
        else:
            given = list(inputs)
        if len(given) != len(infos):
            names = ", ".join(self.input_nodes)
            raise ArgumentError(f"the model takes {len(infos)} inputs ({names}), not {len(given)}")
        return [_fitting(info, value) for info, value in zip(infos, given, strict=True)]

    def _by_name(self, inputs: dict[str, Any]) -> list[Any]:
        left = dict(inputs)
        given = []
        for info in self.inputs:
            names = (info.key, info.name, f"{info.port.node}:{info.port.output}")
            name = next((n for n in names if n in left), None)
            if name is None:
                raise ArgumentError(f"input {info.name} has no value")
            given.append(left.pop(name))
        if left:
            names_ = ", ".join(self.input_nodes)
            raise ArgumentError(f"no such input: {', '.join(left)}; the model takes {names_}")
        return given


def _is_one_tensor(values: Sequence[Any]) -> bool:
    return len(values) == 1 and isinstance(values[0], Tensor)


def _fitting(info: TensorInfo, value: Any) -> Tensor:
    """`value` as a tensor that the input takes."""
    x = value if isinstance(value, Tensor) else engine.as_tensor(value, info.dtype)
    if info.dtype is not None and x.dtype is not info.dtype:
        raise DTypeError(f"input {info.name} takes {info.dtype}, not {x.dtype}; cast it first")
    if info.shape is not None and (
        len(info.shape) != x.ndim
        or any(n not in (None, m) for n, m in zip(info.shape, x.shape, strict=True))
    ):
        raise ShapeError(f"input {info.name} takes shape {info.shape}, not {x.shape}")
    return x
