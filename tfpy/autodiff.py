"""Reverse-mode automatic differentiation: a tape and the functions built on it.

Rules live with the operations (`registry`); this module walks the tape backwards, calls the rules,
un-broadcasts and accumulates, each in one place. Rules call operations, so the backward pass is
itself recorded by outer tapes: that is all there is to second derivatives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from . import engine
from .errors import GradientError
from .registry import Op
from .tensor import Tensor
from .variable import Variable


class _Record:
    """One operation on a tape: what its rules will ask for."""

    __slots__ = ("names", "op", "output_ids", "output_specs", "values", "wanted")

    def __init__(
        self,
        op: Op,
        names: dict[str, Any],
        wanted: tuple[str, ...],
        values: dict[str, Any],
        outputs: Sequence[Tensor],
    ) -> None:
        self.op, self.names, self.wanted, self.values = op, names, wanted, values
        self.output_ids = tuple(x.id for x in outputs)
        self.output_specs = tuple(x.spec for x in outputs)


class Tape:
    """Records the operations that depend on watched tensors, to differentiate them later."""

    def __init__(self) -> None:
        self.watched: set[int] = set()
        self.variables: dict[int, Variable] = {}
        self.records: list[_Record] = []

    def watch(self, x: Tensor) -> None:
        """Follow `x`: gradients with respect to it can be asked for."""
        if not x.dtype.is_inexact:
            raise GradientError(f"cannot differentiate with respect to a {x.dtype} tensor")
        self.watched.add(x.id)

    def watches(self, x: Tensor) -> bool:
        """Whether `x` is followed; a trainable variable is, from its first use."""
        if x.id in self.watched:
            return True
        if isinstance(x, Variable) and x.trainable and x.dtype.is_inexact:
            self.watched.add(x.id)
            self.variables[x.id] = x
            return True
        return False

    def record(
        self, op: Op, inputs: Sequence[Tensor], attrs: dict[str, Any], outputs: Sequence[Tensor]
    ) -> None:
        """Remember an operation if a watched tensor flows through it (called by the engine)."""
        flags = [self.watches(x) for x in inputs]
        if not any(flags) or not any(y.dtype.is_inexact for y in outputs):
            return
        names = _named_inputs(op, inputs)
        wanted = tuple(n for n, x in names.items() if _any_flag(x, inputs, flags))
        values = _saved_values(op, names, wanted, attrs, outputs)
        ids = {n: _map(x, lambda t: (t.id, t.spec)) for n, x in names.items() if n in wanted}
        self.records.append(_Record(op, ids, wanted, values, outputs))
        self.watched.update(y.id for y in outputs if y.dtype.is_inexact)

    def gradients(
        self, target: Tensor, sources: Sequence[Tensor], seed: Tensor | None = None
    ) -> list[Tensor | None]:
        """d(sum of target * seed) / d(source) for every source; None where nothing connects them.

        `seed` defaults to ones.
        """
        grads: dict[int, Tensor] = {target.id: seed if seed is not None else _ones_like(target)}
        keep = {s.id for s in sources}
        for record in reversed(self.records):
            upstream = [grads.get(i) for i in record.output_ids]
            if all(g is None for g in upstream):
                continue
            for i in record.output_ids:
                if i not in keep:
                    grads.pop(i, None)
            self._backward(record, upstream, grads)
        return [grads.get(s.id) for s in sources]

    def _backward(
        self, record: _Record, upstream: list[Tensor | None], grads: dict[int, Tensor]
    ) -> None:
        op = record.op
        filled = [
            _zeros(spec) if g is None and spec.dtype.is_inexact else g
            for g, spec in zip(upstream, record.output_specs, strict=True)
        ]
        values = dict(record.values, g=filled[0] if len(filled) == 1 else tuple(filled))
        for name in record.wanted:
            rule = op.vjp.get(name)
            if rule is None:
                if op.vjp:
                    continue
                raise GradientError(f"{op.name} has no gradient")
            result = rule(**{n: values[n] for n in op.wants[name]})
            targets = record.names[name]
            if isinstance(targets, list):
                for (key, spec), part in zip(targets, result, strict=True):
                    self._accumulate(key, spec, part, grads)
            else:
                key, spec = targets
                self._accumulate(key, spec, result, grads)

    def _accumulate(
        self, key: int, spec: Any, grad: Tensor | None, grads: dict[int, Tensor]
    ) -> None:
        if grad is None or key not in self.watched:
            return
        if grad.shape != spec.shape:
            grad = unbroadcast(grad, spec.shape)
        grads[key] = grads[key] + grad if key in grads else grad


def _named_inputs(op: Op, inputs: Sequence[Tensor]) -> dict[str, Any]:
    first = op.inputs[0]
    if first.startswith("*"):
        return {first[1:]: list(inputs)}
    return dict(zip(op.inputs, inputs, strict=False))


def _any_flag(x: Any, inputs: Sequence[Tensor], flags: list[bool]) -> bool:
    group = x if isinstance(x, list) else [x]
    return any(flag for t, flag in zip(inputs, flags, strict=True) if any(t is y for y in group))


def _map(x: Any, function: Callable[[Tensor], Any]) -> Any:
    return [function(t) for t in x] if isinstance(x, list) else function(x)


def _saved_values(
    op: Op,
    names: dict[str, Any],
    wanted: tuple[str, ...],
    attrs: dict[str, Any],
    outputs: Sequence[Tensor],
) -> dict[str, Any]:
    """The values that the rules of the watched inputs ask for by name, and no others."""
    values: dict[str, Any] = {}
    for name in {n for w in wanted for n in op.wants.get(w, ())} - {"g"}:
        if name == "out":
            values[name] = outputs[0] if len(outputs) == 1 else tuple(outputs)
        elif name in names:
            values[name] = _map(names[name], _snapshot)
        elif name.endswith("_spec"):
            values[name] = _map(names[name.removesuffix("_spec")], lambda t: t.spec)
        else:
            values[name] = attrs[name]
    return values


def _snapshot(x: Tensor) -> Tensor:
    return x.read() if isinstance(x, Variable) else x


def _ones_like(x: Tensor) -> Tensor:
    from .ops.creation import ones_like

    return ones_like(x)


def _zeros(spec: Any) -> Tensor:
    from .ops.creation import zeros

    return zeros(spec.shape, spec.dtype)


def unbroadcast(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sum `grad` over the axes along which `shape` was broadcast to it."""
    from .ops import reduce

    extra = grad.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and grad.shape[i + extra] != 1]
    summed = reduce.sum(grad, axis=(*range(extra), *stretched))
    return summed if summed.shape == shape else summed.reshape(shape)


# ------------------------------------------------------------------------------- for users


class GradientTape:
    """Record operations in a `with` block and differentiate them afterwards, as in TensorFlow.

    Trainable variables are followed unasked, other tensors after `watch`.

    >>> x = tfpy.tensor(3.0)
    >>> with tfpy.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x)
    tfpy.tensor(6.)
    """

    def __init__(self) -> None:
        self._tape = Tape()

    def __enter__(self) -> GradientTape:
        engine.push_tape(self._tape)
        return self

    def __exit__(self, *exc: object) -> None:
        engine.pop_tape(self._tape)

    def watch(self, x: Tensor | Sequence[Tensor]) -> None:
        """Follow one tensor or several."""
        for t in engine.tensors_in(x):
            self._tape.watch(t)

    def watched_variables(self) -> list[Variable]:
        """The trainable variables used so far."""
        return list(self._tape.variables.values())

    def gradient(self, target: Tensor, sources: Any, output_gradients: Any = None) -> Any:
        """Gradient of `target` for one source, or a list of gradients for several.

        A source that `target` does not depend on gives None.
        """
        several = isinstance(sources, (list, tuple))
        found = self._tape.gradients(target, sources if several else [sources], output_gradients)
        return found if several else found[0]


def value_and_grads(function: Callable[..., Tensor]) -> Callable[..., tuple[Tensor, list[Tensor]]]:
    """A function that takes the arguments as a list and returns the value and every gradient.

    Args:
        function: takes tensors, returns one tensor. A non-scalar result is summed with weights
            `dy` (ones by default).

    Returns:
        `run(args, dy=None) -> (value, [gradient per argument])`.

    Raises:
        GradientError: the value does not depend on one of the arguments.
    """

    @functools.wraps(function)
    def run(args: Sequence[Any], dy: Any = None) -> tuple[Tensor, list[Tensor]]:
        xs = [_argument(a) for a in args]
        with GradientTape() as tape:
            tape.watch(xs)
            y = function(*xs)
        _check_result(y)
        found = tape._tape.gradients(y, xs, None if dy is None else engine.as_tensor(dy))
        for i, g in enumerate(found):
            if g is None:
                raise GradientError(f"the result does not depend on argument {i}")
        return y, found  # type: ignore[return-value]

    return run


def _argument(value: Any) -> Tensor:
    """`value` under an identity of its own, so that f(x, x) has two partial derivatives.

    The copy is an operation, so an outer tape follows it.
    """
    x = engine.as_tensor(value)
    return x.reshape(x.shape)


def _check_result(y: Any) -> None:
    if not isinstance(y, Tensor):
        raise GradientError(f"the function must return a tensor, not {type(y).__name__}")
    if not y.dtype.is_floating:
        raise GradientError(f"cannot differentiate a {y.dtype} result")


def value_and_grad(function: Callable[[Any], Tensor]) -> Callable[..., tuple[Tensor, Tensor]]:
    """A function `run(x, dy=None)` that returns the value of `function(x)` and its gradient.

    >>> tfpy.value_and_grad(lambda x: x**2)(tfpy.tensor(3.0))
    (tfpy.tensor(9.), tfpy.tensor(6.))
    """
    run_all = value_and_grads(function)

    @functools.wraps(function)
    def run(x: Any, dy: Any = None) -> tuple[Tensor, Tensor]:
        value, (grad,) = run_all([x], dy)
        return value, grad

    return run


def grads(function: Callable[..., Tensor]) -> Callable[..., list[Tensor]]:
    """A function `run(args, dy=None)` that returns the gradient of `function` per argument."""
    run_all = value_and_grads(function)

    @functools.wraps(function)
    def run(args: Sequence[Any], dy: Any = None) -> list[Tensor]:
        return run_all(args, dy)[1]

    return run


def grad(function: Callable[[Any], Tensor]) -> Callable[..., Tensor]:
    """A function `run(x, dy=None)` that returns the gradient of `function` at `x`.

    Apply it twice for second derivatives.

    >>> tfpy.grad(tfpy.grad(lambda x: x**3))(tfpy.tensor(2.0))
    tfpy.tensor(12.)
    """
    run_one = value_and_grad(function)

    @functools.wraps(function)
    def run(x: Any, dy: Any = None) -> Tensor:
        return run_one(x, dy)[1]

    return run


def variable_grads(
    function: Callable[[], Tensor], variables: Sequence[Variable] | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """The scalar value of `function()` and its gradient by variable name.

    Args:
        function: takes nothing, uses variables, returns a scalar tensor.
        variables: the variables wanted; by default every trainable one that was used.
    """
    with GradientTape() as tape:
        y = function()
    _check_result(y)
    if y.shape != ():
        raise GradientError(f"variable_grads needs a scalar result, its shape is {y.shape}")
    chosen = list(variables) if variables is not None else tape.watched_variables()
    if not chosen:
        raise GradientError("variable_grads: the function uses no trainable variable")
    found = tape.gradient(y, chosen)
    return y, {v.name: g for v, g in zip(chosen, found, strict=True) if g is not None}


def custom_gradient(
    function: Callable[..., tuple[Any, Callable[..., Any]]],
) -> Callable[..., Any]:
    """Give a function its own gradient, as in TensorFlow.

    Args:
        function: takes tensors and returns `(value, backward)`, where `backward(g)` gives the
            gradient for each argument (one, or a tuple of them). The value may be a list of
            tensors; `backward` then takes the gradient of each.

    >>> @tfpy.custom_gradient
    ... def clipped(x):
    ...     return x * 1.0, lambda g: tfpy.clip_by_value(g, -1.0, 1.0)
    >>> tfpy.grad(lambda x: clipped(x) * 5)(tfpy.tensor(2.0))
    tfpy.tensor(1.)
    """

    @functools.wraps(function)
    def run(*args: Any) -> Any:
        inputs = [engine.as_tensor(a) for a in args]
        tapes = list(engine.active_tapes())
        for tape in tapes:
            engine.pop_tape(tape)
        try:
            value, backward = function(*inputs)
            several = isinstance(value, (list, tuple))
            results = [engine.alias(y) for y in (value if several else [value])]
        finally:
            for tape in tapes:
                engine.push_tape(tape)
        for tape in tapes:
            tape.record(_CUSTOM, inputs, {"backward": backward}, results)
        return results if several else results[0]

    return run


def _custom_rule(g: Any, backward: Callable[..., Any]) -> list[Any]:
    result = backward(*g) if isinstance(g, tuple) else backward(g)
    return list(result) if isinstance(result, (list, tuple)) else [result]


_CUSTOM = Op(
    "custom_gradient",
    "composite",
    ("*xs",),
    lambda *specs: specs[0],
    {"xs": _custom_rule},
    public=False,
)
