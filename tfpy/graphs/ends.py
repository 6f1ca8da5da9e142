"""What goes into a run of a graph and what comes out: by which names, of which shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import engine
from ..errors import ArgumentError, DTypeError, ModelFormatError, ShapeError
from ..ops.movement import reshape
from ..tensor import Tensor
from .analysis import check_ports
from .definition import Graph, Nodes, Port, TensorInfo, info_of, parse_port

_Given = list[tuple[TensorInfo, Any]]


def find_port(nodes: Nodes, name: Any) -> Port | None:
    """The output that `node` or `node:1` names, if there is such a node."""
    if not isinstance(name, str):
        return None
    port = Port(name, 0) if name in nodes else parse_port(name)
    return port if port.node in nodes else None


def hint(graph: Graph, name: Any) -> str:
    """What to say of a name that no node has that could be meant."""
    from difflib import get_close_matches  # only who misspells needs it

    node = parse_port(str(name)).node
    if node in graph.nodes:
        return ": it is in a loop"
    near = get_close_matches(node, graph.nodes)
    return f" (near it: {', '.join(near)})" if near else ""


# -------------------------------------------------------------------------------------- inputs


def by_input(graph: Graph, nodes: Nodes, inputs: Any) -> _Given:
    """What is fed: the graph's inputs in their order, or what a dict names.

    Args:
        graph: the model's.
        nodes: those of it that can be fed.
        inputs: as for `GraphModel.predict`.
    """
    infos = graph.inputs
    if isinstance(inputs, dict):
        return _by_name(graph, nodes, inputs)
    if len(infos) == 1 and not (isinstance(inputs, (list, tuple)) and _is_one_tensor(inputs)):
        given = [inputs]
    else:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if len(given) != len(infos):
        names = ", ".join(info.name for info in infos)
        raise ArgumentError(f"the model takes {len(infos)} inputs ({names}), not {len(given)}")
    return list(zip(infos, given, strict=True))


def _by_name(graph: Graph, nodes: Nodes, inputs: dict[Any, Any]) -> _Given:
    left = dict(inputs)
    given = []
    for info in graph.inputs:
        names = (info.key, info.name, f"{info.port.node}:{info.port.output}")
        name = next((n for n in names if n in left), None)
        if name is not None:
            given.append((info, left.pop(name)))
    made = {info.port.node for info in graph.resources}
    for name, value in left.items():
        port = find_port(nodes, name)
        if port is None or port.node in made:
            takes = ", ".join(info.name for info in graph.inputs)
            raise ArgumentError(
                f"no such input: {name}{hint(graph, name)}; the model takes {takes}"
            )
        check_ports(nodes, [port], "the inputs")
        if any(info.port == port for info, _ in given):
            raise ArgumentError(f"two values for {name}")
        given.append((info_of(nodes[port.node], port), value))
    return given


def _is_one_tensor(values: Sequence[Any]) -> bool:
    return len(values) == 1 and isinstance(values[0], Tensor)


def fitting(info: TensorInfo, value: Any) -> Tensor:
    """`value` as a tensor that the input takes."""
    x = value if isinstance(value, Tensor) else engine.as_tensor(value, info.dtype)
    if info.dtype is not None and x.dtype is not info.dtype:
        raise DTypeError(f"input {info.name} takes {info.dtype}, not {x.dtype}; cast it first")
    if not _fits(info, x):
        raise ShapeError(f"input {info.name} takes shape {info.shape}, not {x.shape}")
    return x


class Outputs(dict[int, Tensor]):
    """The outputs of a node that are fed, by number."""

    def __init__(self, node: str) -> None:
        super().__init__()
        self._node = node

    def __missing__(self, output: int) -> Any:
        raise ArgumentError(f"inputs without a value: {self._node}:{output}")


def by_node(given: Iterable[tuple[Port, Tensor]]) -> list[Any]:
    """The values in the order of `Graph.fed`: a tensor, or `Outputs` of a node with several."""
    found: dict[str, Outputs] = {}
    for port, x in given:
        found.setdefault(port.node, Outputs(port.node))[port.output] = x
    return [outputs[0] if [*outputs] == [0] else outputs for outputs in found.values()]


# ------------------------------------------------------------------------------------- outputs


def owned(results: list[Any], inputs: list[Any], names: list[str]) -> list[Tensor]:
    """`results` as tensors that whoever gets them may dispose of: none of them a weight, which is
    kept, an input, or another result. They share their data."""
    found: list[Any] = []
    for x, name in zip(results, names, strict=True):
        if not isinstance(x, Tensor):
            raise ArgumentError(f"GraphModel: outputs: {name} is a {type(x).__name__}, no tensor")
        taken = x.kept or any(x is y for y in (*inputs, *found))
        found.append(reshape(x, x.shape) if taken else x)
    return found


def check_outputs(infos: Iterable[TensorInfo], results: Mapping[Port, Tensor]) -> None:
    """Refuse results that contradict what a model says of its outputs.

    TensorFlow works such shapes out, so those of real models are right; where one is not, something
    happened to the file, and what it gives is not what its user reckons with.
    """
    for info in infos:
        x = results.get(info.port)
        if x is None:
            continue
        if not _fits(info, x):
            said, got = f"shape {info.shape}", str(x.shape)
        elif info.dtype is not None and info.dtype.kind != x.dtype.kind:
            said, got = str(info.dtype), str(x.dtype)
        else:
            continue
        raise ModelFormatError(f"output {info.name} is {got}; the model's signature says {said}")


def _fits(info: TensorInfo, x: Tensor) -> bool:
    """Whether a tensor has the sizes that are known."""
    if info.shape is None:
        return True
    return len(info.shape) == x.ndim and all(
        n in (None, m) for n, m in zip(info.shape, x.shape, strict=True)
    )
