"""`Optimizer`: what all optimizers have in common. What each does with a gradient is its `update`.

An optimizer's state are variables, made before its first step, and a step reads and assigns
variables only; so it can be part of a plan, which runs it with as few draws as there are values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any

from .. import engine
from ..autodiff import GradientTape
from ..configured import Configured
from ..dtypes import float32
from ..errors import ArgumentError, GradientError, ShapeError
from ..ops import elementwise as ew
from ..ops.creation import fill
from ..ops.reduce import sum
from ..spec import is_int
from ..tensor import Tensor
from ..variable import Variable
from .schedules import LearningRateSchedule, deserialize, serialize

#: The slots of one variable by name.
Slots = dict[str, Tensor]


class Optimizer(Configured):
    """Base of optimizers: a subclass defines `slots` and `update`.

    Args:
        learning_rate: a number, or a schedule: a function of the number of steps taken. A number
            can be set at any time, also between runs of a plan.
        weight_decay: what part of each weight, times the learning rate, is taken off at each step.
        clipnorm: the largest norm of the gradient of one variable; longer ones are shortened.
        clipvalue: the largest element of a gradient, either sign.
        global_clipnorm: the largest norm of all gradients together.
        use_ema: whether to keep a moving average of the variables, which they get at the end of
            `Model.fit`.
        ema_momentum: how slowly the average follows.
        ema_overwrite_frequency: after how many steps variables get their average meanwhile, too.
        loss_scale_factor: what `scale_loss` multiplies a loss by before its gradients are taken,
            which `apply` divides by it again, so that small ones do not vanish.
        gradient_accumulation_steps: how many steps' gradients are gathered before their mean
            changes the variables, for batches too small to tell much; at least 2.
        name: by default the class's in lower case.
    """

    #: Names of what `update` wants to keep for each variable.
    slots: tuple[str, ...] = ()
    #: Where slots begin.
    slot_value = 0.0
    #: How many of the slots, the first ones, `variables` lists variable by variable, as Keras does.
    slots_together = 2

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name or type(self).__name__.lower()
        gathered = gradient_accumulation_steps
        if gathered and not (is_int(gathered) and gathered >= 2):
            raise ArgumentError(
                f"{self.name}: gradient_accumulation_steps={gathered!r} is not at least 2"
            )
        if loss_scale_factor is not None and not loss_scale_factor > 0:
            raise ArgumentError(f"{self.name}: loss_scale_factor={loss_scale_factor} is not > 0")
        self.loss_scale_factor, self.gradient_accumulation_steps = loss_scale_factor, gathered
        if len([c for c in (clipnorm, clipvalue, global_clipnorm) if c is not None]) > 1:
            raise ArgumentError(
                f"{self.name}: one of clipnorm={clipnorm}, clipvalue={clipvalue} and "
                f"global_clipnorm={global_clipnorm} at most"
            )
        self.weight_decay, self.use_ema = weight_decay, bool(use_ema)
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.ema_momentum, self.ema_overwrite_frequency = ema_momentum, ema_overwrite_frequency
        if isinstance(learning_rate, Mapping):
            learning_rate = deserialize(dict(learning_rate))
        self.schedule: LearningRateSchedule | None = None
        self._rate = self._variable((), 0.0, "learning_rate")
        self.learning_rate = learning_rate
        self._steps = Variable(0, trainable=False, name=f"{self.name}/iteration")
        self._state: dict[int, dict[str, Variable]] = {}
        self._undecayed: set[int] = set()
        self._undecayed_names: list[str] = []
        #: Whether variables hold their moving averages, and the averages' places hold them.
        self.swapped = False

    def _variable(self, shape: Sequence[int], value: float, name: str, dtype: Any = float32) -> Any:
        return Variable(fill(tuple(shape), value, dtype), False, f"{self.name}/{name}")

    @property
    def iterations(self) -> Any:
        """The number of steps taken, of those that gather gradients only together."""
        gathered = self.gradient_accumulation_steps
        return self._steps // gathered if gathered else self._steps

    @property
    def built(self) -> bool:
        """Whether there is a state of variables."""
        return bool(self._state)

    # ----------------------------------------------------------------------- to be overridden

    def shared(self, rate: Any, step: Tensor) -> Any:
        """What the updates of one step have in common, computed once.

        Args:
            rate: the learning rate, a scalar.
            step: the number of this step, from 1, a float32 scalar.
        """
        return rate

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        """The new value of a variable, and of its slots.

        Args:
            g: the gradient.
            x: the variable's value.
            slots: of the variable, by name.
            shared: what `shared` returned.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update")

    # -------------------------------------------------------------------------- learning rate

    @property
    def learning_rate(self) -> Any:
        """The rate of the next step: a variable, or what the schedule says."""
        return self._rate if self.schedule is None else self.schedule(self._steps)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self.schedule = value
            return
        if self.schedule is not None:
            raise ArgumentError(
                f"{self.name}: the learning rate follows {type(self.schedule).__name__}, "
                "it cannot be set to a number"
            )
        self._rate.assign(engine.as_tensor(value, float32))

    # ------------------------------------------------------------------------------ the step

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of `variables` that have none yet; `apply` does so itself."""
        with engine.outside_trace():
            for v in variables:
                if v.id in self._state:
                    continue
                names = dict.fromkeys(self.slots, self.slot_value)
                names.update(dict.fromkeys(self._common_slots, 0.0))
                self._state[v.id] = {
                    name: self._variable(v.shape, value, f"{v.name}/{name}", v.dtype)
                    for name, value in names.items()
                }

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable]) -> None:
        """Take a step: change the variables as their gradients say.

        Args:
            grads: one for each variable; None leaves it alone.
            trainable_variables: what to change.

        Raises:
            ShapeError: a gradient has not the shape of its variable.
            GradientError: there is no gradient at all.

        >>> x = tfpy.Variable([1.0, 2.0])
        >>> tfpy.optimizers.SGD(0.5).apply([tfpy.tensor([1.0, 1.0])], [x])
        >>> x
        tfpy.Variable([0.5, 1.5])
        """
        grads, trainable_variables = list(grads), list(trainable_variables)
        if not (grads or trainable_variables):
            return  # all is frozen, which Keras lets one train as well
        pairs = self._pairs(grads, trainable_variables)
        variables = [v for _, v in pairs]
        self.build(variables)
        grads = [g for g, _ in pairs]
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        if self.gradient_accumulation_steps:
            self._gather(grads, variables)
        else:
            self._update(grads, variables)
        for v in variables:
            if self.use_ema:
                self._follow(self._state[v.id]["average"], v)
            if v.constraint is not None:
                v.assign(v.constraint(v.read()))
        self._steps.assign_add(1)

    def _update(self, grads: list[Tensor], variables: Sequence[Variable]) -> None:
        """Change the variables and their slots."""
        step = ew.cast(self.iterations, float32) + 1.0
        rate = engine.as_tensor(self.learning_rate)
        shared = self.shared(rate, step)
        for g, v in zip(self._clipped(grads), variables, strict=True):
            x, state = v.read(), self._state[v.id]
            if self.weight_decay is not None and self._decays(v):
                x = x - x * (rate * self.weight_decay)
            slots = {name: state[name].read() for name in self.slots}
            new, kept = self.update(g, x, slots, shared)
            for name, value in kept.items():
                state[name].assign(value)
            v.assign(new)

    def _gather(self, grads: list[Tensor], variables: Sequence[Variable]) -> None:
        """Add gradients up; with the last of them change the variables by their mean.

        A plan has no branches: the change is computed each time and taken back if it is not due.
        """
        count = self.gradient_accumulation_steps or 1
        due = ew.equal((self._steps + 1) % count, 0)
        gathered = [self._state[v.id]["gradient_accumulator"] for v in variables]
        sums = [total + g for total, g in zip(gathered, grads, strict=True)]
        before = [(v, v.read()) for v in (*variables, *self.variables)]
        self._update([total / float(count) for total in sums], variables)
        for v, old in before:
            if (new := v.read()) is not old:
                v.assign(ew.where(due, new, old))
        for v, total in zip(gathered, sums, strict=True):
            v.assign(ew.where(due, 0.0, total))

    def _pairs(
        self, grads: Sequence[Any], variables: Sequence[Variable]
    ) -> list[tuple[Tensor, Variable]]:
        if len(grads) != len(variables):
            raise ArgumentError(
                f"{self.name}.apply: {len(grads)} gradients for {len(variables)} variables"
            )
        pairs = []
        for g, v in zip(grads, variables, strict=True):
            if not isinstance(v, Variable):
                raise ArgumentError(f"{self.name}.apply: no variable: {v!r:.80}")
            if g is None:
                continue
            g = engine.as_tensor(g, v.dtype)
            if g.shape != v.shape:
                raise ShapeError(f"{self.name}: a gradient of {g.shape} for {v.name} of {v.shape}")
            pairs.append((g, v))
        if not pairs:
            names = ", ".join(v.name for v in variables)
            raise GradientError(f"{self.name}: the loss has no gradient for {names}")
        return pairs

    def _clipped(self, grads: list[Tensor]) -> list[Tensor]:
        if self.clipvalue is not None:
            return [ew.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [_shortened(g, sum(ew.square(g)), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            total = sum(ew.square(grads[0]))
            for g in grads[1:]:
                total = total + sum(ew.square(g))
            return [_shortened(g, total, self.global_clipnorm) for g in grads]
        return grads

    def _follow(self, average: Variable, v: Variable) -> None:
        """The first step's value, then a moving average of all."""
        share = ew.where(self.iterations > 0, 1.0 - self.ema_momentum, 1.0)
        average.assign(average + (v - average) * share)
        if self.ema_overwrite_frequency:
            step = self.iterations + 1
            due = ew.equal(step % self.ema_overwrite_frequency, 0)
            v.assign(ew.where(due, average.read(), v.read()))

    def finalize_variable_values(self, variables: Iterable[Variable]) -> None:
        """Give variables their moving average, if there is one."""
        if not self.swapped:
            self.swap_averages(variables)
        self.swapped = False
        for v in variables:
            if self.use_ema and v.id in self._state:
                self._state[v.id]["average"].assign(v.value)

    def swap_averages(self, variables: Iterable[Variable]) -> None:
        """Exchange variables and their moving averages; `swapped` says whether they are."""
        self.swapped = not self.swapped
        for v in variables:
            if self.use_ema and v.id in self._state:
                average, value = self._state[v.id]["average"], v.value
                v.assign(average.value)
                average.assign(value)

    def scale_loss(self, loss: Tensor) -> Tensor:
        """The loss to take gradients of for `apply`: times `loss_scale_factor`, if there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def apply_gradients(self, grads_and_vars: Any) -> None:
        """`apply` to pairs `(gradient, variable)`."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])

    def compute_gradients(
        self, function: Callable[[], Tensor], variables: Sequence[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor | None, Variable]]]:
        """The value of `function()` and pairs `(gradient, variable)`, for `apply_gradients`, which
        takes back what `loss_scale_factor` makes of the gradients.

        `variables` are by default the trainable ones that the function uses.
        """
        with GradientTape() as tape:
            value = function()
            scaled = self.scale_loss(value)
        wanted = list(tape.watched_variables() if variables is None else variables)
        found = tape.gradient(scaled, wanted)
        return value, list(zip(found, wanted, strict=True))

    def minimize(
        self,
        function: Callable[[], Tensor],
        variables: Sequence[Variable] | None = None,
        return_cost: bool = False,
    ) -> Tensor | None:
        """Take a step towards a smaller `function()`; with `return_cost` its value before.

        >>> x = tfpy.Variable(3.0)
        >>> optimizer = tfpy.optimizers.SGD(0.1)
        >>> optimizer.minimize(lambda: x * x, return_cost=True), x
        (tfpy.tensor(9.), tfpy.Variable(2.4))
        """
        value, pairs = self.compute_gradients(function, variables)
        self.apply_gradients(pairs)
        return value if return_cost else None

    # -------------------------------------------------------------------------------- state

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] = (), var_names: Iterable[str] = ()
    ) -> None:
        """Leave variables out of weight decay; call it before training.

        Args:
            var_list: the variables.
            var_names: regular expressions; variables in whose name one is found.

        >>> tfpy.optimizers.AdamW().exclude_from_weight_decay(var_names=["bias", "gamma"])
        """
        self._undecayed.update(v.id for v in var_list or ())
        self._undecayed_names += list(var_names or ())

    def _decays(self, v: Variable) -> bool:
        """Whether a variable is subject to weight decay."""
        return v.id not in self._undecayed and not any(
            re.search(pattern, v.name) for pattern in self._undecayed_names
        )

    @property
    def variables(self) -> list[Variable]:
        """The number of steps, the learning rate if it is a number, and the slots of every
        variable, in Keras's order."""
        first, others = self.slots[: self.slots_together], self.slots[self.slots_together :]
        groups = [(name,) for name in self._common_slots] + [first] + [(name,) for name in others]
        rate = [self._rate] if self.schedule is None else []
        states = self._state.values()
        slots = [state[name] for group in groups for state in states for name in group]
        return [self._steps, *rate, *slots]

    @property
    def _common_slots(self) -> list[str]:
        """What is kept for each variable whatever the optimizer."""
        gathers = bool(self.gradient_accumulation_steps)
        return ["average"] * self.use_ema + ["gradient_accumulator"] * gathers

    def state(self, slot: str, variable: Variable) -> Variable:
        """A slot of a variable that `build` knows."""
        return self._state[variable.id][slot]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Replace all `variables`; nothing changes if one of `values` does not fit."""
        variables = self.variables
        tensors = [engine.as_tensor(x) for x in values]
        wanted, found = ([x.shape for x in xs] for xs in (variables, tensors))
        if wanted != found:
            raise ShapeError(f"{self.name}.set_weights: values of {found} for {wanted}")
        for variable, x in zip(variables, tensors, strict=True):
            variable.assign(engine.cast_to(x, variable.dtype))

    def get_config(self) -> dict[str, Any]:
        rate = float(self._rate) if self.schedule is None else serialize(self.schedule)
        common = {name: getattr(self, name) for name in _COMMON}
        return {**common, **super().get_config(), "learning_rate": rate}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The optimizer, without its state; options that are None need not be known."""
        known = {*_COMMON, *signature(cls).parameters}
        return cls(**{k: v for k, v in config.items() if v is not None or k in known})


#: The options that every optimizer takes beside its own.
_COMMON = (
    *("name", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm"),
    *("use_ema", "ema_momentum", "ema_overwrite_frequency"),
    *("loss_scale_factor", "gradient_accumulation_steps"),
)


def _shortened(g: Tensor, squares: Tensor, longest: float) -> Tensor:
    """`g` by what a norm is longer than `longest`; `squares` is the norm squared."""
    return g * (longest / ew.maximum(ew.sqrt(squares), longest))
