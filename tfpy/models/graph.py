"""The graph of layer calls between a model's inputs and outputs, and how it runs.

Calls run in topological order; a value is let go after its last use, so that only what is still
needed takes memory. Inference with tfpy's own layers runs as a plan (see `tfpy.plan`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ArgumentError
from ..layers.base import Layer
from ..layers.core import InputLayer, Lambda
from ..layers.foretelling import Foretold
from ..layers.symbolic import KerasTensor, Node, leaves
from ..masks import mask_of, set_mask
from ..ops.creation import zeros
from ..plan.automatic import Automatic
from ..spec import TensorSpec

if TYPE_CHECKING:
    from ..plan.graph import OnSteps


class _Step(NamedTuple):
    """One layer call: where it takes its inputs from, where its outputs go, what ends with it."""

    node: Node
    sources: list[int]
    targets: list[int]
    ends: list[int]


class Graph:
    """The calls that lead from `inputs` to `outputs`.

    Attributes:
        nodes: the calls, in an order in which they can run.
        layers: the layers called, each once, inputs included.
        plans: those made for inference.
    """

    def __init__(self, inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> None:
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.nodes = _topological(self.inputs, self.outputs)
        self.layers: list[Layer] = list({id(n.layer): n.layer for n in self.nodes}.values())
        names = [layer.name for layer in self.layers]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ArgumentError(f"layer names must be unique in a model: {', '.join(twice)}")
        self._steps, self._slots = self._compile()
        #: Which outputs carry masks, known after the first run.
        self._masked: list[int] = []
        self.plans = Automatic()
        #: Whether every run may be a plan: what does more than compute, as somebody else's layer
        #: may, is called whenever the model is (but see `training.predictions`).
        self.can_plan = all(map(_only_computes, self.layers))

    def _compile(self) -> tuple[list[_Step], dict[int, int]]:
        slots: dict[int, int] = {}
        for x in (*self.inputs, *(x for node in self.nodes for x in node.outputs)):
            slots.setdefault(id(x), len(slots))
        needed = {slots[id(x)] for x in self.outputs}
        fed = {id(x.node) for x in self.inputs}
        steps = []
        for node in reversed([n for n in self.nodes if id(n) not in fed]):
            sources = [slots[id(x)] for x in node.inputs]
            targets = [slots[id(x)] for x in node.outputs]
            ends = [s for s in {*sources, *targets} if s not in needed]
            needed.update(sources)
            steps.append(_Step(node, sources, targets, ends))
        return steps[::-1], slots

    def run(self, values: Sequence[Any], training: bool = False) -> list[Any]:
        """The outputs for the values of `inputs`."""
        masked = any(mask_of(x) is not None for x in values)
        if training or masked or not self.can_plan:
            return self._run(values, training)
        results = self.plans.run(self._run_with_masks, values)
        outputs = results[: len(self.outputs)]
        for i, mask in zip(self._masked, results[len(outputs) :], strict=True):
            set_mask(outputs[i], mask)
        return outputs

    def _run_with_masks(self, values: Sequence[Any]) -> list[Any]:
        """The outputs, then the masks they carry, which a plan would lose otherwise."""
        outputs = self._run(values)
        masks = {i: m for i, y in enumerate(outputs) if (m := mask_of(y)) is not None}
        self._masked = list(masks)
        return [*outputs, *masks.values()]

    async def warm_up(self, specs: Sequence[TensorSpec], on_progress: OnSteps) -> None:
        """Do now what the first `run` on tensors of `specs` would do besides computing."""
        if self.can_plan:
            await self.plans.warm_up(self._run_with_masks, specs, on_progress)
        else:
            self._run([zeros(spec.shape, spec.dtype) for spec in specs])
            on_progress(1, 1)

    def _run(self, values: Sequence[Any], training: bool = False) -> list[Any]:
        held: list[Any] = [None] * len(self._slots)
        for x, value in zip(self.inputs, values, strict=True):
            held[self._slots[id(x)]] = value
        for node, sources, targets, ends in self._steps:
            given, options = node.filled(held[s] for s in sources)
            # What a call was drawn with comes first: `normalization(x, training=False)`.
            result = node.layer(given, **{"training": training, **options})
            for target, value in zip(targets, leaves(result), strict=True):
                held[target] = value
            del given, options, result
            for slot in ends:
                held[slot] = None
        return [held[self._slots[id(x)]] for x in self.outputs]

    def output_shapes(self, shapes: Sequence[Any]) -> list[Any]:
        """The shapes of the outputs for other shapes of the inputs."""
        known = dict(zip(map(id, self.inputs), map(_of_shape, self.inputs, shapes), strict=True))
        for node, *_ in self._steps:
            found = node.layer.foretold(*node.filled(known[id(x)] for x in node.inputs))
            for x, shape in zip(node.outputs, _flat(found), strict=True):
                known[id(x)] = _of_shape(x, shape)
        return [known[id(x)].shape for x in self.outputs]


def _flat(shapes: Any) -> list[Any]:
    """The shapes in nested lists and dicts of them."""
    if isinstance(shapes, (list, dict)):
        items = shapes.values() if isinstance(shapes, dict) else shapes
        return [s for item in items for s in _flat(item)]
    return [shapes.shape if isinstance(shapes, Foretold) else shapes]


def _of_shape(x: KerasTensor, shape: Any) -> KerasTensor:
    return KerasTensor(tuple(shape), x.dtype, x.node, x.index)


def _only_computes(layer: Layer) -> bool:
    """Whether `layer` is tfpy's own, holds no function of somebody else's, and adds no loss."""
    own = type(layer).__module__.startswith("tfpy.") and not isinstance(layer, Lambda)
    plain = own and layer.activity_regularizer is None
    return plain and all(map(_only_computes, layer.sublayers()))


def _topological(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[Node]:
    """The nodes between, each after those it needs. Iterative: networks can be deep."""
    fed = {id(x.node) for x in inputs}
    order: list[Node] = [x.node for x in inputs]
    done = set(fed)
    stack = [(x.node, False) for x in reversed(outputs)]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
            continue
        if isinstance(node.layer, InputLayer):
            raise ArgumentError(f"the outputs need {node.layer.name}, which is not an input")
        stack.append((node, True))
        stack.extend((x.node, False) for x in reversed(node.inputs))
    return order
