"""What a saved model goes on training with: how it was compiled, and its optimizer's state.

Written as TF.js does it where TF.js has such an optimizer with such options; otherwise under its
full name in Keras, such as "keras.optimizers.Lion", which TF.js refuses to load: better than going
on in another way.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import engine, optimizers
from ..dtypes import float32
from ..errors import TfpyError
from ..ops.creation import zeros
from ..tensor import Tensor
from ..training.config import compile_arguments, compile_config

Weights = list[tuple[str, Tensor]]
_KERAS = "keras.optimizers."


class _Twin(NamedTuple):
    """Keras's form of an optimizer of TF.js: its options and slots by TF.js's names, in order."""

    name: str
    options: dict[str, str]
    slots: dict[str, str]


_ADAM = {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"}
#: By TF.js's names; SGD is after Momentum, which says more.
_TFJS = {
    "Momentum": _Twin(
        "SGD", {"momentum": "momentum", "useNesterov": "nesterov"}, {"momentum": "momentum"}
    ),
    "SGD": _Twin("SGD", {}, {}),
    "RMSProp": _Twin(
        "RMSprop",
        {"decay": "rho", "momentum": "momentum", "epsilon": "epsilon", "centered": "centered"},
        {"rms": "velocity", "momentum": "momentum", "mg": "average_gradient"},
    ),
    "Adagrad": _Twin(
        "Adagrad",
        {"initialAccumulatorValue": "initial_accumulator_value"},
        {"accumulator": "accumulator"},
    ),
    "Adadelta": _Twin(
        "Adadelta",
        {"rho": "rho", "epsilon": "epsilon"},
        {"accum_grad": "accumulated_grad", "accum_var": "accumulated_delta_var"},
    ),
    "Adam": _Twin("Adam", _ADAM, {"m": "m", "v": "v"}),
}
#: TF.js's names of losses and metrics that are not the functions' own.
_LOSSES = {
    "kl_divergence": "kullback_leibler_divergence",
    "log_cosh": "logcosh",
    "cosine_similarity": "cosine_proximity",
}
_METRICS = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
}


# ------------------------------------------------------------------------------------- writing


def training_config(model: Any) -> dict[str, Any]:
    """The `trainingConfig` of a compiled model."""
    config = compile_config(model._compiled)
    found = _tfjs_name(model.optimizer)
    options = config["optimizer"]["config"]
    if found is None:
        entry = {"class_name": _KERAS + config["optimizer"]["class_name"], "config": options}
    else:
        kept = {theirs: options[own] for theirs, own in _TFJS[found].options.items()}
        entry = {
            "class_name": found,
            "config": {"learningRate": options["learning_rate"], **kept},
        }
    metrics = _spelled(config["metrics"] or [], "metrics", _METRICS)
    if isinstance(metrics, list) and len(model.output_names) > 1:
        metrics = dict(zip(model.output_names, metrics, strict=True))
    said = {
        "loss": _spelled(config["loss"], "losses", _LOSSES),
        "metrics": [metrics] if isinstance(metrics, str) else metrics,
        "optimizer_config": entry,
    }
    # TF.js refuses files with these, so they are there only if they say something.
    more = {k: config[k] for k in ("loss_weights", "weighted_metrics") if config[k]}
    return {**said, **more}


def _spelled(value: Any, kind: str, names: dict[str, str]) -> Any:
    """Losses or metrics by TF.js's names; an object with options stays as Keras writes it."""
    from .. import losses, metrics

    if isinstance(value, list):
        # A list of one metric for an output is that metric.
        found = [_spelled(v, kind, names) for v in value]
        return [v[0] if isinstance(v, list) and len(v) == 1 else v for v in found]
    if isinstance(value, dict) and "class_name" not in value:
        return {k: _spelled(v, kind, names) for k, v in value.items()}
    if isinstance(value, dict):
        made = getattr(losses if kind == "losses" else metrics, value["class_name"], None)
        try:
            plain = made().get_config()  # type: ignore[misc]
        except (TfpyError, TypeError):  # a function, somebody's own class, or one with arguments
            return value
        if plain != value["config"]:
            return value
        value = plain["name"]
    if value is None or value.lower() in ("accuracy", "acc", "crossentropy", "ce"):
        return value
    try:
        name = (losses if kind == "losses" else metrics).get(value).__name__
    except TfpyError:  # a metric that is an object only
        return value
    return names.get(name, name)


def _tfjs_name(optimizer: Any) -> str | None:
    """The optimizer of TF.js that takes the same steps, if there is one."""
    if optimizer.schedule is not None or not float(optimizer.learning_rate):
        return None
    config = optimizer.get_config()
    for name, twin in _TFJS.items():
        if twin.name != type(optimizer).__name__ or (name == "Momentum" and not optimizer.momentum):
            continue
        plain = getattr(optimizers, twin.name)().get_config()
        differing = {k for k, v in config.items() if v != plain[k]}
        if differing <= {"name", "learning_rate", *twin.options.values()}:
            return name
    return None


def state_of(optimizer: Any, trained: Sequence[Any]) -> Weights:
    """The optimizer's state by the names of a `model.json`, the number of steps first.

    Args:
        optimizer: of the model.
        trained: the model's trainable weights; in their order TF.js finds a state of its own.
    """
    optimizer.build(trained)
    steps, *others = optimizer.variables
    found: Weights = [("iter", steps)]
    name = _tfjs_name(optimizer)
    if name is None:
        return found + [(v.name, v) for v in others]
    scale = -float(optimizer.learning_rate) if name == "Momentum" else 1.0
    for theirs, own in _TFJS[name].slots.items():
        if own == "average_gradient" and not optimizer.centered:
            continue
        for v in trained:
            slot = optimizer.state(own, v) if own in optimizer.slots else zeros(v.shape)
            found.append((f"{v.name}/{theirs}", slot / scale if scale != 1.0 else slot))
    return found


# ------------------------------------------------------------------------------------- reading


def restore(
    model: Any, config: dict[str, Any], state: Weights, custom: dict[str, Any], name: str
) -> None:
    """Compile `model` as the `trainingConfig` of a file says, and give the optimizer its state.

    What does not fit is a warning: the model is there to predict all the same.
    """
    values = [x for _, x in state]
    _restore(
        model,
        name,
        lambda: _arguments(config, model.output_names, custom),
        lambda: _take(model, config["optimizer_config"]["class_name"], values),
        bool(values),
    )


def restore_keras(
    model: Any, config: dict[str, Any], state: Sequence[Any], custom: dict[str, Any], name: str
) -> None:
    """`restore` of what `Model.get_compile_config` gives and the optimizer's weights in order."""
    _restore(
        model,
        name,
        lambda: compile_arguments(config, custom),
        lambda: model.optimizer.set_weights(state),
        bool(state),
    )


def _restore(model: Any, name: str, arguments: Any, take: Any, begun: bool) -> None:
    try:
        model.compile(**arguments())
        model.optimizer.build(model.trainable_weights)
    except (TfpyError, KeyError, TypeError, ValueError, AttributeError) as error:
        model._compiled = None
        warnings.warn(f"{name}: compile the model yourself to train it: {error}", stacklevel=2)
        return
    try:
        if begun:
            take()
    except (TfpyError, ValueError) as error:
        text = f"{name}: the optimizer begins anew, its state does not fit: {error}"
        warnings.warn(text, stacklevel=2)


def _arguments(
    config: dict[str, Any], outputs: Sequence[str], custom: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of `Model.compile` that a `trainingConfig` means."""
    entry = config["optimizer_config"]
    given, twin = entry["config"], _TFJS.get(entry["class_name"])
    class_name = entry["class_name"].removeprefix(_KERAS)
    if twin is not None:
        class_name = twin.name
        spelled = {"learningRate": "learning_rate", **twin.options}
        names = {_plain(theirs): own for theirs, own in spelled.items()}
        given = {names.get(_plain(k), k): v for k, v in given.items() if v is not None}
    metrics = config.get("metrics")
    if isinstance(metrics, list) and len(outputs) > 1 and metrics:
        metrics = dict.fromkeys(outputs, metrics)  # TF.js: each for all outputs
    optimizer = {"class_name": class_name, "config": given}
    return compile_arguments({**config, "optimizer": optimizer, "metrics": metrics}, custom)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _take(model: Any, class_name: str, values: Sequence[Any]) -> None:
    """Give the optimizer the state that a file has, in the order in which it is there."""
    optimizer, trained = model.optimizer, model.trainable_weights
    twin, variables = _TFJS.get(class_name), optimizer.variables
    if twin is None:
        optimizer.set_weights(values)
        return
    new = {id(variables[0]): values[0]}
    new[id(variables[1])] = optimizer.learning_rate.value
    slots = [s for s in twin.slots.values() if s != "average_gradient" or optimizer.centered]
    rate = -float(optimizer.learning_rate) if class_name == "Momentum" else 1.0
    if len(values) > 1:
        # strict: as many values as slots of weights, or a ValueError
        places = [(slot, v) for slot in slots for v in trained]
        for (slot, v), value in zip(places, values[1:], strict=True):
            if slot in optimizer.slots:
                new[id(optimizer.state(slot, v))] = engine.as_tensor(value, float32) * rate
    optimizer.set_weights([new.get(id(v), v.value) for v in variables])
