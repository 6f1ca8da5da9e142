"""Graph models: TensorFlow SavedModels that TF.js's converter wrote, loaded and run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import ArgumentError, DisposedError, ModelFormatError, TraceError
from ..io.artifacts import Artifacts
from ..io.handlers import OnProgress, Source, open_local, open_source
from ..io.model_json import read_model_json, read_weights, weights_manifest
from ..io.weights import Entry, encode
from ..plan.reports import described, dumped
from ..plan.warmup import Known, input_specs
from ..tensor import Tensor
from ..tuning import tune_once
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from . import table
from .checks import check_graph, initialized
from .definition import Graph, Port, TensorInfo, parse_graph
from .ends import by_input, by_node, check_outputs, find_port, fitting, hint, owned
from .loops import lift_loops
from .program import Context, Library, Program

if TYPE_CHECKING:
    from ..io.quantize import Quantization
    from ..plan.graph import OnSteps


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
    manifest = weights_manifest(source, file)
    try:
        graph = parse_graph(file, table.port_of)
        check_graph(graph, [entry.name for entry in manifest.entries])
    except ModelFormatError as error:
        raise type(error)(f"{source.name}: {error}") from None
    weights: dict[str, Any] = {}

    def use(entry: Entry, value: Any) -> None:
        weights[entry.name] = engine.keep(value)

    await read_weights(source, file, on_progress, use)
    content = {k: v for k, v in file.items() if k != "weightsManifest"}
    return GraphModel(graph, weights, content)


class GraphModel:
    """A graph of TensorFlow operations with constant weights. For inference only.

    Attributes:
        inputs, outputs: what goes in and comes out: `TensorInfo` with key, name, shape and dtype,
            in the signature's order.
        weights: the constants by node name.
        max_rounds: how many rounds the loops of one run may take together, by default 100,000, so
            that a loop without end is found in seconds; more are an `ExecutionError`.
    """

    max_rounds = 100_000
    load_sync = staticmethod(load_graph_model_sync)

    def __init__(self, graph: Graph, weights: dict[str, Any], content: dict[str, Any]) -> None:
        self._graph = graph
        #: What `model.json` said beside the weights.
        self._content = content
        self._nodes = lift_loops(graph.nodes)
        self.weights = weights
        self._library = Library(graph.functions, weights)
        #: By the outputs and the nodes that are fed.
        self._programs: dict[Any, Program] = {}
        self._registrations = table.registrations
        self._resources: list[Any] | None = None
        self._intermediate: dict[str, list[Tensor]] = {}
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
                `self.inputs`, or a dict by name, which may leave out what has a default or is not
                needed, and give any node (`node`, or `node:1`) its value: what is behind it is not
                computed then.

        Returns:
            A tensor; for several outputs a list in the order of `self.outputs`, or a dict where
            the model names its outputs (`structuredOutputKeys`). Disposing of them harms neither
            the model nor `inputs`.

        Raises:
            ArgumentError, ShapeError, DTypeError, ExecutionError: as for `execute`.
            ModelFormatError: an output is not of the shape or kind of dtype that `self.outputs`
                says.
        """
        return self._structured(run_blocking(self._run(BLOCKING, inputs, self._outputs)))

    async def predict_async(self, inputs: Any) -> Any:
        """`predict`, letting the event loop go on where values are needed on the way."""
        return self._structured(await self._run(AWAITING, inputs, self._outputs))

    def execute(
        self,
        inputs: Any,
        outputs: str | Sequence[str] | None = None,
        *,
        keep_intermediate_tensors: bool = False,
    ) -> Any:
        """The values of any nodes.

        Args:
            inputs: as in `predict`.
            outputs: a node's name (`node`, or `node:1` for its second output) gives a tensor, a
                list of names a list. By default the model's outputs.
            keep_intermediate_tensors: whether to compute node by node and keep what each gives,
                for `get_intermediate_tensors`. It is slow, and takes the memory of all of it.

        Raises:
            ArgumentError: there is no such node or input.
            ShapeError, DTypeError: an input does not fit.
            TraceError: tensors are to be kept in what becomes a plan.
            ExecutionError: a loop does not end, or the node is on a way that is not taken.
            ModelFormatError: one of the model's outputs is not what `self.outputs` says.
        """
        return run_blocking(self._execute(BLOCKING, inputs, outputs, keep_intermediate_tensors))

    async def execute_async(
        self,
        inputs: Any,
        outputs: str | Sequence[str] | None = None,
        *,
        keep_intermediate_tensors: bool = False,
    ) -> Any:
        """`execute`, letting the event loop go on where values are needed on the way: for loops,
        branches, and results whose size depends on values."""
        return await self._execute(AWAITING, inputs, outputs, keep_intermediate_tensors)

    def get_intermediate_tensors(self) -> dict[str, list[Tensor]]:
        """The outputs of every node that the last run that was to keep them computed, by name;
        not of nodes inside loops and functions.

        Returns:
            The nodes in the order in which they ran; {} if no run was to keep them.
        """
        return dict(self._intermediate)

    def dispose_intermediate_tensors(self) -> None:
        """Let go of what `get_intermediate_tensors` gives. What you hold of it stays."""
        self._intermediate = {}

    async def _execute(self, wait: Blocking, inputs: Any, outputs: Any, keep: bool) -> Any:
        if keep and engine.tracer() is not None:
            raise TraceError("GraphModel.execute: a plan cannot keep intermediate tensors")
        ports = self._asked(outputs)
        kept: dict[str, list[Tensor]] | None = {} if keep else None
        results = await self._run(wait, inputs, ports, kept)
        if kept is not None:
            self._intermediate = kept
        return results[0] if isinstance(outputs, str) else results

    async def _run(
        self,
        wait: Blocking,
        inputs: Any,
        ports: tuple[Port, ...],
        kept: dict[str, list[Tensor]] | None = None,
    ) -> list[Tensor]:
        given = by_input(self._graph, self._nodes, inputs)
        program = self._program(ports, self._graph.fed(info for info, _ in given))
        context = Context(self._library, wait, self.max_rounds)
        values = by_node([(info.port, fitting(info, value)) for info, value in given])
        values += await self._initialized(context)
        results = await program.run(context, values, kept)
        results = owned(results, [value for _, value in given], program.names)
        if all(info in self.inputs for info, _ in given):
            check_outputs(self.outputs, dict(zip(ports, results, strict=True)))
        return results

    def _structured(self, found: list[Tensor]) -> Any:
        keys = self._graph.structured_keys
        if keys:
            return dict(zip(keys, found, strict=True))
        return found[0] if len(found) == 1 else found

    async def warmup(
        self, input_shape: Any = None, on_progress: OnSteps | None = None, *, tune: bool = True
    ) -> None:
        """Prepare the first prediction, as `Model.warmup` does.

        Args:
            input_shape: the input's shape with the batch, for several inputs a list of them. By
                default the model's, and a batch of one.
            on_progress: called as `on_progress(done_steps, total_steps)`.
            tune: whether the kernels' variants may be measured.

        Raises:
            ArgumentError: the model does not know a size that is not the batch's.
            ShapeError: `input_shape` does not fit the model.
        """
        known = [Known(info.name, info.shape, info.dtype) for info in self.inputs]
        specs = input_specs("GraphModel", known, input_shape)
        if tune:
            await tune_once()
        context = Context(self._library, AWAITING, self.max_rounds)
        program = self._program(self._outputs, self._graph.fed())
        resources = await self._initialized(context)
        await program.warm_up(context, specs, resources, on_progress or (lambda done, total: None))

    def describe(self) -> str:
        """What the plans cost that the model has made so far, one paragraph each.

        Raises:
            ArgumentError: there is no plan; the message says why.
        """
        return described("GraphModel.describe", "GraphModel", *self._made_plans())

    def dump(self, draws: bool = False) -> str:
        """The graphs of these plans as text, or with `draws` what the backend makes of them.

        Raises:
            ArgumentError: as for `describe`.
        """
        return dumped("GraphModel.dump", *self._made_plans(), draws)

    def _made_plans(self) -> tuple[list[Any], str | None]:
        """The plans made so far, and why none was."""
        programs = [*self._programs.values(), *self._library.programs]
        refusals = [program.refusal for program in programs if program.refusal]
        return [x for program in programs for x in program.plans], refusals[0] if refusals else None

    async def _initialized(self, context: Context) -> list[Any]:
        """The tables that come in as inputs; they and others are made once."""
        init = self._graph.initializer
        if self._resources is None:
            made: dict[Any, Any] = {}
            if init is not None:
                program = Program(self._library, lift_loops(init.nodes), [], initialized(init))
                found = await program.run(context, [])
                made = {i.resource: x for i, x in zip(init.outputs, found, strict=False)}
            lacking = [i.name for i in self._graph.resources if i.resource not in made]
            if lacking:
                raise ModelFormatError(f"no initializer makes {', '.join(lacking)}")
            self._resources = [made[info.resource] for info in self._graph.resources]
        return self._resources

    @property
    def _outputs(self) -> tuple[Port, ...]:
        return tuple(info.port for info in self.outputs)

    def _check_alive(self) -> None:
        if self._disposed:
            raise DisposedError("this graph model is disposed")

    def _program(self, ports: tuple[Port, ...], fed: tuple[str, ...]) -> Program:
        self._check_alive()
        if self._registrations != table.registrations:
            self._registrations = table.registrations
            self._programs.clear()
            self._library.forget()
        program = self._programs.get((ports, fed))
        if program is None:
            check_graph(self._graph, self.weights, ports, fed)
            program = Program(self._library, self._nodes, fed, ports)
            self._programs[ports, fed] = program
        return program

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
        from ..io.targets import open_target  # only saving needs it

        self._check_alive()
        target = open_target(where)
        entries, parts = await encode([*self.weights.items()], blocking, quantization)
        await target.save(Artifacts(self._content, entries, parts), blocking)

    def dispose(self) -> None:
        """Free the weights now; the model cannot be used again."""
        self._disposed = True
        self._programs.clear()
        self._intermediate = {}
        self._library = Library({}, {})
        engine.dispose(self.weights)

    def _asked(self, outputs: Any) -> tuple[Port, ...]:
        """The ports that `execute` is asked for."""
        if outputs is None:
            return self._outputs
        names = [outputs] if isinstance(outputs, str) else outputs
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
            raise ArgumentError(
                f"GraphModel.execute: outputs must be a name or a list of them, not {outputs!r}"
            )
        return tuple(map(self._port, names))

    def _port(self, name: str) -> Port:
        for info in self.outputs:
            if info.key == name:
                return info.port
        port = find_port(self._nodes, name)
        if port is None:
            raise ArgumentError(f"the model has no node {name!r}{hint(self._graph, name)}")
        return port
