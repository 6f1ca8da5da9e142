"""Models to and from configurations: which layers there are and how they are joined.

Both spellings of `inbound_nodes` are read: TF.js's and Keras 2's lists, and Keras 3's `args` of
`__keras_tensor__`. Written is the older one, which all of them read, unless a layer gets tensors
by name, which only the other one can say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import ModelFormatError
from ..layers import CLASSES
from ..layers.base import Layer
from ..layers.core import InputLayer
from ..layers.symbolic import KerasTensor, Node, leaves, mapped
from .graph import Graph
from .model import Model
from .sequential import Sequential

MODEL_CLASSES: dict[str, type[Model]] = {
    "Model": Model,
    "Functional": Model,
    "Sequential": Sequential,
}


class Reference(NamedTuple):
    """Where a tensor comes from: layer name, which of its calls, which output of that call."""

    layer: str
    call: int
    output: int


def layer_from_config(entry: dict[str, Any], custom_objects: dict[str, Any]) -> Layer:
    """The layer, or nested model, of a `{class_name, config}`."""
    class_name, config = entry["class_name"], entry["config"]
    made = {**CLASSES, **MODEL_CLASSES, **custom_objects}.get(class_name)
    if made is None:
        raise ModelFormatError(f"there is no layer class {class_name!r}")
    if "custom_objects" in made.from_config.__code__.co_varnames:
        return made.from_config(config, custom_objects)
    return made.from_config(config)


def layers_from_config(value: Any, custom_objects: dict[str, Any]) -> Any:
    """`value` with layers in place of the `{class_name, config}` in it."""
    if isinstance(value, dict) and "class_name" in value:
        return layer_from_config(value, custom_objects)
    if isinstance(value, dict):
        return {k: layers_from_config(v, custom_objects) for k, v in value.items()}
    if isinstance(value, list):
        return [layers_from_config(v, custom_objects) for v in value]
    return value


# ------------------------------------------------------------------------------------- reading


class _Call(NamedTuple):
    """One call of a layer that a configuration asks for; `Reference`s stand for tensors."""

    args: list[Any]
    kwargs: dict[str, Any]

    @property
    def sources(self) -> list[Reference]:
        return [x for x in leaves((self.args, self.kwargs)) if isinstance(x, Reference)]


def functional_from_config(
    cls: type[Model], config: dict[str, Any], custom_objects: dict[str, Any]
) -> Model:
    """The functional model that `config` describes."""
    layers: dict[str, Layer] = {}
    waiting: list[tuple[str, int, _Call]] = []
    for entry in config["layers"]:
        layer = layer_from_config(entry, custom_objects)
        layers[layer.name] = layer
        calls = [_read_call(call) for call in entry.get("inbound_nodes") or []]
        waiting.extend((layer.name, i, call) for i, call in enumerate(calls))
    ends = [_references(config["input_layers"]), _references(config["output_layers"])]
    first = _first_calls(layers, [r for *_, c in waiting for r in c.sources] + ends[0] + ends[1])
    made: dict[Reference, KerasTensor] = {
        Reference(name, 0, 0): layer.output
        for name, layer in layers.items()
        if isinstance(layer, InputLayer)
    }

    def find(reference: Reference) -> KerasTensor | None:
        name, call, output = reference
        return made.get(Reference(name, call - first[name], output))

    _make_calls(layers, waiting, find, made)
    inputs, outputs = ([_must(find(r), r) for r in references] for references in ends)
    model = cls(
        _ends(config["input_layers"], inputs),
        _ends(config["output_layers"], outputs),
        name=config.get("name"),
    )
    # Its layers have flags of their own, which setting `trainable` would overwrite.
    model._trainable = config.get("trainable") is not False
    return model


def _make_calls(layers: dict[str, Layer], waiting: Any, find: Any, made: Any) -> None:
    """Call layers as their inputs come to be, in whatever order the file lists them."""
    while waiting:
        later = []
        for name, index, call in waiting:
            if any(find(r) is None for r in call.sources):
                later.append((name, index, call))
                continue
            args, kwargs = mapped(lambda x: find(x) if isinstance(x, Reference) else x, tuple(call))
            for i, x in enumerate(leaves(layers[name](*args, **kwargs))):
                made[Reference(name, index, i)] = x
        if len(later) == len(waiting):
            names = ", ".join(dict.fromkeys(name for name, *_ in later))
            raise ModelFormatError(f"layers that never get their inputs: {names}")
        waiting = later


def _must(x: KerasTensor | None, reference: Reference) -> KerasTensor:
    if x is None:
        raise ModelFormatError(f"the model refers to {reference}, which does not exist")
    return x


def _first_calls(layers: dict[str, Layer], references: list[Reference]) -> dict[str, int]:
    """From which number on a layer's calls are counted.

    Keras 2 and TF.js count a nested model's own drawing as call 0; Keras 3 does not.
    """
    lowest: dict[str, int] = {}
    for name, call, _ in references:
        if name not in layers:
            raise ModelFormatError(f"the model refers to layer {name!r}, which does not exist")
        lowest[name] = min(call, lowest.get(name, call))
    return {n: call if isinstance(layers[n], Model) else 0 for n, call in lowest.items()}


def _ends(value: Any, tensors: list[KerasTensor]) -> Any:
    """The tensors of `input_layers` or `output_layers`, by name where the file has names."""
    if isinstance(value, dict):
        return dict(zip(value, tensors, strict=True))
    return tensors[0] if len(tensors) == 1 else tensors


def mapped_ends(f: Callable[[Any], Any], value: Any) -> Any:
    """`f` of each reference in the `input_layers` or `output_layers` that `get_config` gives."""
    return {k: f(v) for k, v in value.items()} if isinstance(value, dict) else [*map(f, value)]


def _references(value: Any) -> list[Reference]:
    """`input_layers` or `output_layers`: one reference, or a list or dict of them."""
    value = list(value.values()) if isinstance(value, dict) else value
    listed = [value] if value and isinstance(value[0], str) else value
    return [Reference(str(name), int(call), int(output)) for name, call, output in listed]


def _read_call(call: Any) -> _Call:
    if isinstance(call, dict):
        kwargs = _tensors(call.get("kwargs") or {})
        # Whether one trains is said at each call of the model; a mask may be a dict of None.
        said = {k: v for k, v in kwargs.items() if any(x is not None for x in leaves(v))}
        said.pop("training", None)
        return _Call(_tensors(call.get("args") or []), said)
    if call and isinstance(call[0], str):
        call = [call]
    kwargs = {}
    for source in call:
        kwargs.update(source[3] if len(source) > 3 and source[3] else {})
    sources = _references([source[:3] for source in call])
    return _Call([sources[0] if len(sources) == 1 else sources], _tensors(kwargs))


def _tensors(value: Any) -> Any:
    """`value` with `Reference`s for what stands for tensors: `__keras_tensor__`, [name, 0, 0]."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return _references(value["config"]["keras_history"])[0]
        return {k: _tensors(v) for k, v in value.items()}
    if isinstance(value, list):
        if [type(v) for v in value] == [str, int, int]:
            return _references(value)[0]
        return [_tensors(v) for v in value]
    return value


# ------------------------------------------------------------------------------------- writing


def graph_config(name: str, trainable: bool, graph: Graph) -> dict[str, Any]:
    """The configuration of a functional model."""
    calls: dict[int, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        calls[id(node.layer)].append(node)
    named = any(isinstance(x, KerasTensor) for n in graph.nodes for x in leaves(n.kwargs))

    def reference(x: KerasTensor) -> list[Any]:
        layer = x.node.layer
        index = [id(n) for n in calls[id(layer)]].index(id(x.node))
        return [layer.name, index + (isinstance(layer, Model) and not named), x.index]

    layers = []
    for layer in graph.layers:
        nodes = [] if isinstance(layer, InputLayer) else calls[id(layer)]
        layers.append(
            {
                "name": layer.name,
                "class_name": class_name(layer),
                "config": layer.get_config(),
                "inbound_nodes": [_written(n, reference, named) for n in nodes],
            }
        )
    return {
        "name": name,
        "trainable": trainable,
        "layers": layers,
        "input_layers": [reference(x) for x in graph.inputs],
        "output_layers": [reference(x) for x in graph.outputs],
    }


def _written(node: Node, reference: Any, named: bool) -> Any:
    if not named:
        return [[*reference(x), node.kwargs] for x in leaves(node.first)]

    def tensor(x: Any) -> Any:
        if not isinstance(x, KerasTensor):
            return x
        config = {"shape": list(x.shape), "dtype": str(x.dtype), "keras_history": reference(x)}
        return {"class_name": "__keras_tensor__", "config": config}

    return {"args": [mapped(tensor, node.first)], "kwargs": mapped(tensor, node.kwargs)}


def class_name(layer: Layer) -> str:
    """The class a file names for `layer`."""
    return "Model" if type(layer) is Model else type(layer).__name__
