"""Losses and metrics beyond their values: names, refusals, what is loaded when."""

import functools
import inspect
import subprocess
import sys

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import losses, metrics
from tfpy.testing import assert_close

WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0, 3.0], "float32")
FIVE, SIX = np.zeros(5, "float32"), np.zeros(6, "float32")
PAIRS = [name for name in losses.FUNCTIONS if name != "sparse_categorical_crossentropy"]


def test_they_are_not_loaded_before_they_are_used():
    code = "import sys, tfpy; print([m for m in sys.modules if 'losses' in m or 'metrics' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mse", losses.mean_squared_error),
        ("MSE", losses.mean_squared_error),
        ("meanSquaredError", losses.mean_squared_error),
        ("mean_squared_error", losses.mean_squared_error),
        ("MeanSquaredError", losses.mean_squared_error),
        ("KLDivergence", losses.kl_divergence),
        ("kullbackLeiblerDivergence", losses.kl_divergence),
        ("logcosh", losses.log_cosh),
        ("binary_focal_crossentropy", losses.binary_focal_crossentropy),
        ("CategoricalFocalCrossentropy", losses.categorical_focal_crossentropy),
        ("dice", losses.dice),
        ("Tversky", losses.tversky),
        ("cosineProximity", losses.cosine_similarity),
        ("sparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy),
        (losses.huber, losses.huber),
    ],
)
def test_losses_by_name(name, function):
    assert losses.get(name) is function


def test_metrics_by_name():
    assert metrics.get("acc") is metrics.accuracy
    assert metrics.get("cosine") is metrics.cosine_similarity
    assert metrics.get("mse") is losses.mean_squared_error
    assert metrics.get("binaryAccuracy") is metrics.binary_accuracy


def test_unknown_names():
    with pytest.raises(tfpy.ArgumentError, match="unknown loss 'huge'; there are binary"):
        losses.get("huge")
    with pytest.raises(tfpy.ArgumentError, match="unknown metric 'pair'"):
        metrics.get("pair")


@pytest.mark.parametrize("name", PAIRS)
def test_losses_refuse_other_shapes_and_scalars(name):
    loss = getattr(losses, name)
    with pytest.raises(tfpy.ShapeError, match=f"{name}: "):
        loss(FIVE, SIX)
    with pytest.raises(tfpy.ShapeError, match=f"{name}: "):
        loss(1.0, 2.0)
    with pytest.raises(tfpy.DTypeError, match=f"{name} takes real numbers, not complex64"):
        loss(FIVE, [1j])
    with pytest.raises(tfpy.DTypeError):
        loss(FIVE, ["a"] * 5)


@pytest.mark.parametrize("name", losses.weighted.__all__)
def test_weighted_losses_refuse(name):
    if name == "compute_weighted_loss":
        arguments = (FIVE,)
    else:
        arguments = (FIVE, FIVE, *([0] if name == "cosine_distance" else []))
        with pytest.raises(tfpy.ShapeError, match=f"{name}: "):
            getattr(losses, name)(FIVE[None], SIX[None], *arguments[2:])
    with pytest.raises(tfpy.ArgumentError, match="unknown reduction 'max'"):
        getattr(losses, name)(*arguments, reduction="max")
    with pytest.raises(tfpy.ShapeError, match=r"weights of shape|do not broadcast"):
        getattr(losses, name)(*arguments, weights=np.ones((2, 3, 5)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.sparse_categorical_crossentropy([[0, 1]], [[0.5, 0.5]]), "labels of shape"),
        (lambda: losses.sparse_categorical_crossentropy([0], [[0.5, 0.5]], axis=2), "axis 2"),
        (lambda: losses.categorical_crossentropy([[1, 0]], [[0.5, 0.5]], axis=-3), "axis -3"),
        (lambda: losses.categorical_crossentropy([[1]], [[0.5, 0.5]]), "shapes"),
        (lambda: losses.binary_crossentropy([1], [0.5], axis=1), "binary_crossentropy: axis 1"),
        (
            lambda: losses.binary_crossentropy(np.ones((4, 3)), np.ones((4, 1))),
            r"binary_crossentropy: labels of shape \(4, 3\) for predictions of shape \(4, 1\)",
        ),
        (
            lambda: losses.BinaryCrossentropy()(np.ones((4, 1)), np.ones((4, 3))),
            r"binary_crossentropy: labels of shape \(4, 1\) for predictions of shape \(4, 3\)",
        ),
        (lambda: losses.cosine_similarity([1], [0.5], axis=1), "cosine_similarity: axis 1"),
        (lambda: losses.cosine_distance([1], [0.5], axis=1), "cosine_distance: axis 1"),
        (lambda: metrics.sparse_categorical_accuracy([0, 1], [[0.5, 0.5]]), "labels of shape"),
        (lambda: metrics.categorical_accuracy([0, 1], [[0, 1]]), "categorical_accuracy: shapes"),
        (lambda: metrics.precision(FIVE, SIX), "precision: shapes"),
        (lambda: metrics.recall(FIVE, FIVE, sample_weight=SIX), "recall: "),
        (lambda: metrics.accuracy(FIVE, SIX), "accuracy: shapes"),
        (lambda: metrics.r2_score(np.ones((2, 2, 2)), np.ones((2, 2, 2))), "r2_score: shapes"),
    ],
)
def test_shapes_that_do_not_fit(call, message):
    with pytest.raises(tfpy.ShapeError, match=message):
        call()


def test_options_that_do_not_fit():
    for smoothing in (-0.1, 1.5):
        with pytest.raises(tfpy.ArgumentError, match="label_smoothing must be from 0 to 1"):
            losses.binary_crossentropy([0.0], [0.5], label_smoothing=smoothing)
    with pytest.raises(tfpy.ArgumentError, match="unknown class_aggregation 'sum'"):
        metrics.r2_score([0.0], [0.5], class_aggregation="sum")


def test_weights_of_nothing_give_no_loss():
    """TF.js divides by zero, and training goes on with NaN."""
    for reduction in ("mean", "sum_by_nonzero_weights"):
        with tfpy.GradientTape() as tape:
            x = tfpy.tensor([1.0, 2.0])
            tape.watch(x)
            loss = losses.compute_weighted_loss(x, [0.0, 0.0], reduction)
        assert loss.item() == 0
        assert tape.gradient(loss, x).tolist() == [0, 0]


def test_gradient_at_logits_of_zero():
    """By cases of the sign, as TF.js does it, 0 would be neither."""
    gradient = tfpy.grad(lambda x: losses.sigmoid_cross_entropy([1.0], x))
    assert gradient(tfpy.tensor([0.0])).tolist() == [-0.5]


# --------------------------------------------------------------------------------------- classes


CLASSES = [getattr(losses, name) for name in losses.classes.__all__ if name != "Loss"]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_objects_reduce_what_their_functions_give(cls):
    y_pred = tfpy.tensor([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    sparse = cls is losses.SparseCategoricalCrossentropy
    y_true = tfpy.tensor([1, 0, 1]) if sparse else tfpy.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    whole = {"axis": -1} if cls in (losses.Dice, losses.Tversky) else {}
    cls = functools.partial(cls, **whole)
    each = cls.func.function(y_true, y_pred, **whole)
    weights = [1.0, 0.0, 3.0]
    assert_close(cls()(y_true, y_pred).numpy(), each.numpy().mean(), 1e-6)
    assert_close(cls(reduction="none")(y_true, y_pred).numpy(), each.numpy(), 1e-6)
    assert_close(
        cls(reduction="sum")(y_true, y_pred, weights).numpy(), (each.numpy() * weights).sum(), 1e-6
    )
    weighted = cls(reduction="mean_with_sample_weight")(y_true, y_pred, weights)
    assert_close(weighted.numpy(), (each.numpy() * weights).sum() / 4, 1e-6)
    assert cls.func.from_config(cls().get_config()).get_config() == cls().get_config()


def test_objects_take_their_functions_options():
    loss = losses.CategoricalCrossentropy(True, 0.1, name="mine")
    assert loss.get_config() == {
        "from_logits": True,
        "label_smoothing": 0.1,
        "axis": -1,
        "reduction": "sum_over_batch_size",
        "name": "mine",
    }
    labels, logits = [[0.0, 1.0]], [[1.0, 2.0]]
    wanted = losses.categorical_crossentropy(labels, logits, True, 0.1)
    assert_close(loss(labels, logits).numpy(), wanted.numpy()[0], 1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: losses.MeanSquaredError("median"),
        lambda: losses.Huber(gamma=1.0),
        lambda: losses.Poisson(1, 2, 3),
    ],
)
def test_objects_refuse_unknown_options(make):
    with pytest.raises(tfpy.ArgumentError):
        make()


def test_a_loss_must_define_call():
    with pytest.raises(NotImplementedError, match="Loss"):
        losses.Loss()([0.0], [1.0])


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5, 3.0]])
@pytest.mark.parametrize("labels", [[0, 1, 2, 1], [1, 1, 1, 1]])
def test_a_class_that_is_ignored_does_not_count(labels, weights, reduction):
    p = np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1], [0.3, 0.3, 0.4]], "float32")
    labels = np.array(labels, "int32")
    if weights is not None:
        weights = np.array(weights, "float32")
    ours, theirs = (
        module.SparseCategoricalCrossentropy(ignore_class=1, reduction=reduction)
        for module in (losses, keras.losses)
    )
    assert_close(ours(labels, p, weights), np.asarray(theirs(labels, p, weights)), 1e-6)
    counted, wanted = (
        module.SparseCategoricalCrossentropy(ignore_class=1) for module in (metrics, keras.metrics)
    )
    assert_close(counted(labels, p, weights), np.asarray(wanted(labels, p, weights)), 1e-6)


def test_a_class_that_is_ignored_beside_a_mask():
    p = np.full((2, 3, 4), 0.25, "float32")
    labels, mask = np.array([[0, 1, 2], [3, 1, 1]]), np.array([[1, 1, 0], [1, 1, 1]], bool)
    ours, theirs = tfpy.tensor(p), keras.ops.convert_to_tensor(p)
    ours._keras_mask = tfpy.tensor(mask)
    theirs._keras_mask = keras.ops.convert_to_tensor(mask)
    options = {"ignore_class": 1}
    found = losses.SparseCategoricalCrossentropy(**options)(labels, ours)
    wanted = keras.losses.SparseCategoricalCrossentropy(**options)(labels, theirs)
    assert_close(found, np.asarray(wanted), 1e-6)


#: Arguments of Keras's metrics that are not here: for batches sorted in advance.
_NOT_HERE = {"from_sorted_ids"}


@pytest.mark.parametrize("module", [losses, metrics], ids=["losses", "metrics"])
def test_arguments_come_in_keras_order(module):
    theirs = getattr(keras, module.__name__.rpartition(".")[2])
    names = {n for n in module.__all__ if inspect.isclass(getattr(module, n))} & set(dir(theirs))
    assert len(names) > 18
    for name in names - {"Metric", "MeanMetricWrapper"}:
        ours, wanted = (
            {k: p.default for k, p in inspect.signature(getattr(m, name)).parameters.items()}
            for m in (module, theirs)
        )
        shared = [k for k in wanted if k not in _NOT_HERE]
        assert list(ours)[: len(shared)] == shared, name
        for argument in set(shared) - {"name"}:
            assert ours[argument] == wanted[argument], (name, argument)


NEW = [
    ("BinaryFocalCrossentropy", {}, "binary"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.4}, "binary"),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "binary"),
    ("CategoricalFocalCrossentropy", {"gamma": 3.0}, "hot"),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3]}, "hot"),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "hot"),
    ("Dice", {"axis": -1}, "binary"),
    ("Dice", {}, "binary"),
    ("Tversky", {"alpha": 0.2, "beta": 0.7}, "binary"),
    ("Tversky", {"alpha": 0.2, "axis": (1,)}, "binary"),
]


@pytest.mark.parametrize(("name", "options", "kind"), NEW)
def test_focal_losses_and_overlaps_are_those_of_keras(name, options, kind):
    rng = np.random.default_rng(2)
    p = rng.uniform(0.05, 0.95, (5, 3)).astype("float32")
    hot = np.eye(3, dtype="float32")[rng.integers(0, 3, 5)]
    t = hot if kind == "hot" else rng.integers(0, 2, (5, 3)).astype("float32")
    ours, theirs = (getattr(module, name)(**options) for module in (losses, keras.losses))
    weights = None if "axis" not in options and kind == "binary" else WEIGHTS
    for w in (None, weights):
        assert_close(ours(t, p, w), np.asarray(theirs(t, p, w)), 2e-6)
    again = type(ours).from_config(ours.get_config())
    assert_close(again(t, p), np.asarray(theirs(t, p)), 2e-6)
    assert ours.name == theirs.name


def test_the_dtype_of_a_loss_is_what_it_computes_in():
    loss = losses.MeanSquaredError(dtype="float64")
    assert loss([0.0], [1.0]).dtype == tfpy.float64
    assert losses.MeanSquaredError.from_config(loss.get_config()).dtype == tfpy.float64
    assert losses.MeanSquaredError()(FIVE, FIVE).dtype == tfpy.float32


def test_a_loss_of_ones_own_on_one_of_these():
    class Doubled(losses.MeanSquaredError):
        def call(self, y_true, y_pred):
            return super().call(y_true, y_pred) * 2.0

    assert Doubled()([0.0], [1.0]).item() == 2.0
