"""Optimizers and schedules against Keras's: the same gradients, the same steps."""

import numpy as np
import pytest

import tfpy
from tests import webgl
from tests.keras_on_jax import keras
from tfpy import optimizers as O

# Keras's variables as arrays, with a newer NumPy than Keras was written for.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(5)
SHAPES = [(3, 4), (4,), ()]
START = [RNG.normal(size=s).astype(np.float32) for s in SHAPES]
#: Gradients of ten steps, some long enough to be clipped.
GRADS = [
    [RNG.normal(scale=1 + n % 3, size=s).astype(np.float32) for s in SHAPES] for n in range(10)
]

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.3}),
    ("SGD", {"global_clipnorm": 1.0}),
    ("SGD", {"global_clipnorm": 1000.0, "weight_decay": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.5}),
    ("RMSprop", {"centered": True, "epsilon": 1e-3}),
    ("RMSprop", {"centered": True, "momentum": 0.3, "learning_rate": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-3, "learning_rate": 0.1}),
    ("Adadelta", {}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-5}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "learning_rate": 0.05}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-2}),
    ("Adam", {"weight_decay": 0.01, "clipnorm": 1.0}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True}),
    ("Adamax", {}),
    ("Adamax", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3}),
    ("Nadam", {}),
    ("Nadam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.8, "beta_2": 0.9, "weight_decay": 0.05}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.5}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}),
    ("SGD", {"gradient_accumulation_steps": 2}),
    ("SGD", {"loss_scale_factor": 8.0, "momentum": 0.5}),
    ("Adam", {"gradient_accumulation_steps": 3, "clipnorm": 0.5, "weight_decay": 0.01}),
    ("Nadam", {"gradient_accumulation_steps": 4, "loss_scale_factor": 4.0}),
    ("Adam", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.5}),
    (
        "RMSprop",
        {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2},
    ),
]
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [2, 5], "values": [0.1, 0.01, 0.001]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "power": 2.0}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "cycle": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 2.0, "staircase": True},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "alpha": 0.1}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 8,
            "warmup_target": 0.1,
            "warmup_steps": 4,
        },
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 3,
            "t_mul": 1.0,
            "m_mul": 0.5,
            "alpha": 0.1,
        },
    ),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 3, "t_mul": 1.5, "m_mul": 0.9},
    ),
]


def name_of(case):
    return "-".join([case[0], *case[1]])


def keras_steps(name, options):
    """The variables after each of ten steps of Keras's optimizer."""
    optimizer = getattr(keras.optimizers, name)(**options)
    variables = [keras.Variable(x) for x in START]
    optimizer.build(variables)
    found = []
    for grads in GRADS:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in grads], variables)
        found.append([np.array(v.value) for v in variables])
    optimizer.finalize_variable_values(variables)
    return [*found, [np.array(v.value) for v in variables]]


def own_steps(optimizer, planned=True):
    variables = [tfpy.Variable(x) for x in START]
    step = tfpy.function(lambda *grads: optimizer.apply(grads, variables))
    found = []
    for grads in GRADS:
        tensors = [tfpy.tensor(g) for g in grads]
        if planned:
            step(*tensors)
        else:
            optimizer.apply(tensors, variables)
        found.append([webgl.host(v) for v in variables])
    optimizer.finalize_variable_values(variables)
    return [*found, [webgl.host(v) for v in variables]]


def assert_steps(got, expected):
    for n, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        for x, y in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5, err_msg=f"step {n}")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_ten_steps_are_those_of_keras(case):
    name, options = case
    assert_steps(own_steps(getattr(O, name)(**options)), keras_steps(name, options))


@pytest.mark.parametrize("name", O.CLASSES)
def test_ten_steps_on_webgl_are_those_of_keras(name):
    with webgl.egl():
        got = own_steps(getattr(O, name)())
    assert_steps(got, keras_steps(name, {}))


def test_steps_are_the_same_without_a_plan():
    gathered = {"gradient_accumulation_steps": 3}
    for name, options in (("Nadam", {}), ("Adam", {"use_ema": True}), ("Nadam", gathered)):
        assert_steps(own_steps(getattr(O, name)(**options), False), keras_steps(name, options))


@pytest.mark.parametrize("name", O.CLASSES)
def test_defaults_and_configurations_are_those_of_keras(name):
    ours, theirs = getattr(O, name)().get_config(), getattr(keras.optimizers, name)().get_config()
    for key in set(theirs) - {"name"}:
        value = theirs[key]
        assert ours[key] == (pytest.approx(value) if isinstance(value, float) else value), key
    assert O.get({"class_name": name, "config": theirs}).get_config() == {
        **ours,
        "name": theirs["name"],
    }


@pytest.mark.parametrize("case", SCHEDULES, ids=name_of)
def test_schedules_are_those_of_keras(case):
    name, options = case
    ours = getattr(O.schedules, name)(**options)
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    for step in range(20):
        # At a restart the logarithm of a power is rounded; who is on which side is chance.
        if name == "CosineDecayRestarts" and options.get("t_mul") != 1.0:
            if step in (3, 9):
                continue
        np.testing.assert_allclose(
            float(ours(step)), float(theirs(step)), rtol=1e-5, atol=1e-7, err_msg=f"step {step}"
        )
    config = ours.get_config()
    assert type(ours).from_config(config).get_config() == config
    assert {k: v for k, v in theirs.get_config().items() if k != "name"} == {
        k: v for k, v in config.items() if k != "name"
    }


def test_a_schedule_is_part_of_the_plan():
    name, options = SCHEDULES[0]
    got = own_steps(O.SGD(getattr(O.schedules, name)(**options)))
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    assert_steps(got, keras_steps("SGD", {"learning_rate": theirs}))


def test_the_learning_rate_changes_without_a_new_plan():
    x, optimizer = tfpy.Variable([1.0]), O.SGD(1.0)
    step = tfpy.function(lambda g: optimizer.apply([g], [x]))
    step(tfpy.tensor([1.0]))
    optimizer.learning_rate = 0.5
    step(tfpy.tensor([1.0]))
    assert x.tolist() == [-0.5]
    assert len(step.plans) == 1
    assert int(optimizer.iterations) == 2


def test_what_is_excluded_does_not_decay():
    x, y = tfpy.Variable([1.0]), tfpy.Variable([1.0])
    optimizer = O.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay([y])
    optimizer.apply([tfpy.tensor([0.0]), tfpy.tensor([0.0])], [x, y])
    assert (x.tolist(), y.tolist()) == ([0.75], [1.0])


def test_minimize_as_in_tfjs():
    x = tfpy.Variable(5.0)
    optimizer = O.SGD(0.1)
    cost = optimizer.minimize(lambda: (x - 2.0) ** 2, return_cost=True)
    assert float(cost) == 9
    _value, pairs = optimizer.compute_gradients(lambda: x * x)
    optimizer.apply_gradients(pairs)
    assert optimizer.minimize(lambda: x * x, [x]) is None


def test_constraints_are_applied_after_the_step():
    x = tfpy.Variable([[3.0, -4.0]])
    x.constraint = tfpy.constraints.NonNeg()
    O.SGD(1.0).apply([tfpy.tensor([[1.0, 1.0]])], [x])
    assert x.tolist() == [[2.0, 0.0]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda v: O.SGD().apply([tfpy.ones((3,))], [v]), tfpy.ShapeError, "of (3,)"),
        (lambda v: O.SGD().apply([], [v]), tfpy.ArgumentError, "0 gradients for 1"),
        (lambda v: O.SGD().apply([None], [v]), tfpy.GradientError, "no gradient"),
        (lambda v: O.SGD(clipnorm=1.0, clipvalue=1.0), tfpy.ArgumentError, "clipnorm=1.0"),
        (lambda v: O.get("sdg"), tfpy.ArgumentError, "sdg"),
        (lambda v: O.schedules.CosineDecay(0.1, 0), tfpy.ArgumentError, "decay_steps=0"),
        (
            lambda v: O.schedules.PiecewiseConstantDecay([1], [1.0]),
            tfpy.ArgumentError,
            "boundaries",
        ),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(call, error, words):
    v = tfpy.Variable([1.0, 2.0])
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        call(v)
    assert v.tolist() == [1.0, 2.0]


def test_gathered_gradients_are_kept_as_keras_keeps_them():
    options = {"gradient_accumulation_steps": 4, "use_ema": True}
    ours, theirs = O.Nadam(**options), keras.optimizers.Nadam(**options)
    variables, others = [tfpy.Variable(x) for x in START], [keras.Variable(x) for x in START]
    theirs.build(others)
    for grads in GRADS[:6]:
        ours.apply([tfpy.tensor(g) for g in grads], variables)
        theirs.apply([keras.ops.convert_to_tensor(g) for g in grads], others)
    assert [v.shape for v in ours.variables] == [tuple(v.shape) for v in theirs.variables]
    for own, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(own.numpy(), np.array(other.value), rtol=1e-5, atol=1e-6)
    assert int(ours.iterations) == int(theirs.iterations) == 1


def test_a_schedule_sees_every_step_that_gathers():
    name, options = SCHEDULES[0]
    gathered = {"gradient_accumulation_steps": 2}
    got = own_steps(O.SGD(getattr(O.schedules, name)(**options), **gathered))
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    assert_steps(got, keras_steps("SGD", {"learning_rate": theirs, **gathered}))


def test_scaled_losses():
    x, optimizer = tfpy.Variable(3.0), O.SGD(0.1, loss_scale_factor=1024.0)
    assert optimizer.scale_loss(tfpy.tensor(2.0)).item() == 2048.0
    assert optimizer.minimize(lambda: x * x, return_cost=True).item() == 9.0
    assert float(x) == pytest.approx(2.4)
    assert O.SGD().scale_loss(5.0) == 5.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps=1 is not at least 2"),
        ({"gradient_accumulation_steps": 2.5}, "gradient_accumulation_steps=2.5 is not"),
        ({"loss_scale_factor": 0.0}, "loss_scale_factor=0.0 is not > 0"),
    ],
)
def test_wrong_options_of_gathering(options, message):
    with pytest.raises(tfpy.ArgumentError, match=f"adam: {message}"):
        O.Adam(**options)
