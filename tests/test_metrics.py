"""Metrics as objects: batches add up to the whole, options, refusals, updates in a plan."""

import re

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import metrics
from tfpy.testing import assert_close

rng = np.random.default_rng(7)
LABELS = rng.integers(0, 2, (24, 5)).astype("float32")
PREDICTIONS = rng.random((24, 5), "float32")
WEIGHTS = rng.random(24, "float32")


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    """Each test on both backends."""
    use_backend(request.param)


def in_batches(metric, *arrays, of=7):
    """The metric after batches of `of` samples."""
    for i in range(0, len(arrays[0]), of):
        metric.update_state(*(a[i : i + of] for a in arrays))
    return metric.result()


@pytest.mark.parametrize(
    ("cls", "function"),
    [
        (metrics.Precision, metrics.precision),
        (metrics.Recall, metrics.recall),
        (metrics.R2Score, metrics.r2_score),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_batches_add_up_to_the_whole(cls, function, weighted):
    arrays = (LABELS, PREDICTIONS, *([WEIGHTS] if weighted else []))
    whole = function(LABELS, PREDICTIONS, sample_weight=WEIGHTS if weighted else None)
    metric = cls()
    assert_close(in_batches(metric, *arrays), whole, rtol=1e-5)
    metric.reset_state()
    assert_close(in_batches(metric, *arrays, of=24), whole, rtol=1e-5)


def counts(threshold, top_k=None, class_id=None):
    """True positives, predicted and labelled, in plain NumPy."""
    labelled, predicted = LABELS > 0, threshold < PREDICTIONS
    if top_k is not None:
        ranks = (-PREDICTIONS).argsort(-1).argsort(-1)
        predicted &= ranks < top_k
    if class_id is not None:
        labelled, predicted = labelled[:, class_id], predicted[:, class_id]
    return (labelled & predicted).sum(), predicted.sum(), labelled.sum()


@pytest.mark.parametrize("class_id", [None, 3])
@pytest.mark.parametrize("top_k", [None, 1, 2])
@pytest.mark.parametrize("thresholds", [None, 0.3, [0.2, 0.7]])
def test_options_of_precision_and_recall(thresholds, top_k, class_id):
    options = {"thresholds": thresholds, "top_k": top_k, "class_id": class_id}
    default = 0.5 if top_k is None else -np.inf
    levels = [default if t is None else t for t in np.atleast_1d(np.array(thresholds))]
    found = np.array([counts(t, top_k, class_id) for t in levels], "float32")
    shape = (2,) if isinstance(thresholds, list) else ()
    for cls, denominator in [(metrics.Precision, found[:, 1]), (metrics.Recall, found[:, 2])]:
        metric = cls(**options)
        expected = (found[:, 0] / denominator).reshape(shape)
        assert_close(in_batches(metric, LABELS, PREDICTIONS), expected, rtol=1e-6)
        again = cls.from_config(metric.get_config())
        assert_close(again(LABELS, PREDICTIONS), expected, rtol=1e-6)


def test_their_counts_have_names():
    precision, recall = metrics.Precision(), metrics.Recall(name="sensitivity")
    precision.update_state([0, 1, 1], [1.0, 1.0, 0.0])
    recall.update_state([0, 1, 1], [1.0, 1.0, 0.0])
    assert precision.true_positives.tolist() == precision.false_positives.tolist() == [1]
    assert recall.true_positives.tolist() == recall.false_negatives.tolist() == [1]
    assert (precision.name, recall.name) == ("precision", "sensitivity")
    assert [v.name for v in recall.variables] == ["true_positives", "false_negatives"]


def test_nothing_predicted_is_no_precision():
    assert metrics.Precision()([1, 0], [0.0, 0.0]).item() == 0


@pytest.mark.parametrize("aggregation", ["uniform_average", "variance_weighted_average", None])
def test_aggregations_of_r2_score(aggregation):
    metric = metrics.R2Score(aggregation)
    missed = ((LABELS - PREDICTIONS) ** 2).sum(0)
    total = ((LABELS - LABELS.mean(0)) ** 2).sum(0)
    scores = 1 - missed / total
    expected = {"uniform_average": scores.mean(), None: scores}.get(
        aggregation, (scores * total).sum() / total.sum()
    )
    assert_close(in_batches(metric, LABELS, PREDICTIONS), expected, rtol=1e-5)
    again = metrics.R2Score.from_config(metric.get_config())
    assert_close(again(LABELS, PREDICTIONS), expected, rtol=1e-5)


@pytest.mark.parametrize("regressors", [3, 118, 119, 200])
@pytest.mark.filterwarnings("ignore:More independent predictors:UserWarning")
@pytest.mark.filterwarnings("ignore:Division by zero in Adjusted R2:UserWarning")
def test_adjusted_r2_score(regressors):
    """Keras counts the 120 numbers of the labels, with weights too; of too few the score stays."""
    ours, theirs = (m.R2Score(num_regressors=regressors) for m in (metrics, keras.metrics))
    for arrays in ((LABELS, PREDICTIONS), (LABELS, PREDICTIONS, WEIGHTS)):
        wanted = in_batches(theirs, *arrays)
        assert_close(in_batches(ours, *arrays), np.asarray(wanted), rtol=1e-4)
        ours.reset_state()
        theirs.reset_state()


def test_r2_score_of_labels_far_from_zero():
    """Sums of squares, as Keras keeps them, would have no digit left in float32."""
    labels = np.float32(10_000) + np.arange(24, dtype="float32")
    predictions = labels + np.where(np.arange(24) % 2, 1, -1).astype("float32")
    expected = 1 - 24 / ((np.arange(24) - 11.5) ** 2).sum()
    assert_close(in_batches(metrics.R2Score(), labels, predictions), np.float32(expected), 1e-5)


def test_refusals():
    with pytest.raises(tfpy.ArgumentError, match=r"precision: thresholds=1.5 are not within"):
        metrics.Precision(1.5)
    with pytest.raises(tfpy.ArgumentError, match=r"recall: thresholds=\[\]"):
        metrics.Recall([])
    with pytest.raises(tfpy.ArgumentError, match="precision: top_k=6 of predictions of shape"):
        metrics.Precision(top_k=6)(LABELS, PREDICTIONS)
    with pytest.raises(tfpy.ArgumentError, match="recall: class_id=5 for a shape of"):
        metrics.Recall(class_id=5)(LABELS, PREDICTIONS)
    with pytest.raises(tfpy.ArgumentError, match="unknown class_aggregation 'sum'"):
        metrics.R2Score("sum")
    with pytest.raises(tfpy.ArgumentError, match="num_regressors=-1 is negative"):
        metrics.R2Score(num_regressors=-1)
    with pytest.raises(tfpy.ShapeError, match="no batch has been counted in"):
        metrics.R2Score().result()


def test_a_refused_batch_changes_nothing():
    metric = metrics.R2Score()
    before = metric(LABELS, PREDICTIONS).item()
    with pytest.raises(tfpy.ShapeError, match=r"a batch of \(4,\) outputs after \(5,\)"):
        metric.update_state(LABELS[:, :4], PREDICTIONS[:, :4])
    with pytest.raises(tfpy.ShapeError, match="shapes"):
        metric.update_state(LABELS, PREDICTIONS[:3])
    assert metric.result().item() == before


@pytest.mark.parametrize("cls", [metrics.Precision, metrics.Recall, metrics.R2Score])
def test_updates_in_a_plan(cls):
    metric, planned = cls(), cls()
    planned.update_state(LABELS[:1], PREDICTIONS[:1])
    planned.reset_state()
    update = tfpy.function(planned.update_state)
    for i in range(0, 24, 8):
        batch = (tfpy.tensor(LABELS[i : i + 8]), tfpy.tensor(PREDICTIONS[i : i + 8]))
        metric.update_state(*batch)
        update(*batch)
    assert_close(planned.result(), metric.result(), rtol=1e-5)


# ------------------------------------------------------------------------- against Keras's own

KERAS = [
    ("Accuracy", {}, "same"),
    ("BinaryAccuracy", {"threshold": 0.4}, "binary"),
    ("CategoricalAccuracy", {}, "hot"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("TopKCategoricalAccuracy", {"k": 2}, "hot"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse"),
    ("MeanSquaredError", {}, "numbers"),
    ("RootMeanSquaredError", {}, "numbers"),
    ("MeanAbsoluteError", {}, "numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "numbers"),
    ("LogCoshError", {}, "numbers"),
    ("Poisson", {}, "numbers"),
    ("CosineSimilarity", {}, "numbers"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "binary"),
    ("CategoricalHinge", {}, "hot"),
    ("KLDivergence", {}, "hot"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("CategoricalCrossentropy", {"from_logits": True}, "hot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("R2Score", {"num_regressors": 2}, "numbers"),
    *[
        (f"{truth}{sign}", options, kind)
        for truth in ("True", "False")
        for sign in ("Positives", "Negatives")
        for options, kind in [({}, "binary"), ({"thresholds": [0.2, 0.0, 0.7]}, "hot")]
    ],
    ("F1Score", {}, "hot"),
    ("F1Score", {"average": "micro", "threshold": 0.3}, "hot"),
    ("FBetaScore", {"average": "macro", "beta": 2.0}, "hot"),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.3}, "hot"),
    ("MeanIoU", {"num_classes": 2, "dtype": "float32"}, "same"),
    ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False, "dtype": "float32"}, "sparse"),
    (
        "MeanIoU",
        {
            "num_classes": 4,
            "sparse_y_pred": False,
            "sparse_y_true": False,
            "ignore_class": 1,
            "dtype": "float32",
        },
        "hot",
    ),
    ("AUC", {}, "binary"),
    ("AUC", {"num_thresholds": 7, "summation_method": "minoring"}, "binary"),
    ("AUC", {"num_thresholds": 9, "summation_method": "majoring", "curve": "PR"}, "binary"),
    ("AUC", {"curve": "PR"}, "binary"),
    ("AUC", {"thresholds": [0.2, 0.7], "from_logits": True}, "binary"),
    ("AUC", {"multi_label": True}, "hot"),
    ("AUC", {"multi_label": True, "num_labels": 4, "curve": "PR"}, "hot"),
    ("AUC", {"multi_label": True, "label_weights": [0.5, 1.0, 2.0, 0.0]}, "hot"),
    ("AUC", {"label_weights": [0.5, 1.0, 2.0, 0.0], "curve": "PR"}, "hot"),
    (
        "AUC",
        {"multi_label": True, "num_thresholds": 9, "summation_method": "majoring", "curve": "PR"},
        "hot",
    ),
]


def two_batches(kind):
    """(labels, predictions, weights) of 7 and 4 samples."""
    rng = np.random.default_rng(3)
    for n in (7, 4):
        p = rng.uniform(0.02, 1, (n, 4)).astype(np.float32)
        weights = rng.uniform(0, 2, n).astype(np.float32)
        if kind == "same":
            yield rng.integers(0, 2, n), rng.integers(0, 2, n), weights
        elif kind == "binary":
            yield rng.integers(0, 2, (n, 1)), p[:, :1], weights
        elif kind == "numbers":
            yield rng.uniform(0.1, 1, (n, 4)).astype(np.float32), p, weights
        else:
            labels = rng.integers(0, 4, n)
            p = p / p.sum(-1, keepdims=True)
            yield (np.eye(4, dtype=np.float32)[labels] if kind == "hot" else labels), p, weights


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "options", "kind"), KERAS)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
def test_objects_are_those_of_keras(name, options, kind, weighted):
    ours, theirs = getattr(metrics, name)(**options), getattr(keras.metrics, name)(**options)
    for t, p, w in two_batches(kind):
        ours.update_state(t, p, w if weighted else None)
        theirs.update_state(t, p, w if weighted else None)
        got, wanted = ours.result().numpy(), np.asarray(theirs.result())
        # Counts are differences of sums of weights of up to 20.
        atol = 5e-6 if name.startswith(("True", "False")) else 3e-7
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=atol)
    # Keras numbers some that have been made before.
    assert ours.name == re.sub(r"_\d+$", "", theirs.name)
    config = ours.get_config()
    again = type(ours).from_config(config)
    assert again.get_config() == config
    ours.reset_state()
    t, p, _ = next(iter(two_batches(kind)))
    np.testing.assert_allclose(ours(t, p).numpy(), again(t, p).numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "shape", "words"),
    [
        ({"num_labels": 3}, (2, 3), "num_labels=3 needs multi_label"),
        ({"multi_label": True, "num_labels": 3, "label_weights": [1.0]}, (2, 3), "1 label_weights"),
        ({"multi_label": True}, (3,), "no labels' axis"),
        ({"label_weights": [1.0, 2.0]}, (2, 3), "2 label_weights"),
    ],
)
def test_labels_of_auc_that_do_not_fit(options, shape, words):
    with pytest.raises((tfpy.ArgumentError, tfpy.ShapeError), match=words):
        metrics.AUC(**options)(np.ones(shape), np.ones(shape, np.float32))


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
def test_overlap_of_masks_in_images():
    rng = np.random.default_rng(4)
    t, p = rng.integers(0, 3, (2, 5, 5, 1)), rng.random((2, 5, 5, 3)).astype("float32")
    ours, theirs = (m.MeanIoU(3, sparse_y_pred=False) for m in (metrics, keras.metrics))
    assert_close(ours(t, p), np.asarray(theirs(t, p)), 1e-6)
    ours.reset_state()
    theirs.reset_state()
    assert_close(ours(t, p, [0.0, 1.0]), np.asarray(theirs(t[1], p[1])), 1e-6)


def test_zeros_are_not_predictions_of_a_score():
    zeros = np.zeros((2, 3), "float32")
    for module in (metrics, keras.metrics):
        assert np.asarray(module.F1Score()(np.ones((2, 3)), zeros)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.TruePositives(1.5), "true_positives: thresholds=1.5 are not within"),
        (lambda: metrics.F1Score("mean"), "f1_score: unknown average 'mean'"),
        (lambda: metrics.FBetaScore(beta=0.0), "beta=0.0 or threshold=None is out of range"),
        (lambda: metrics.F1Score().result(), "no batch has been counted in"),
        (lambda: metrics.F1Score()([1, 0], [0.0, 1.0]), r"\(2,\) .* not twice \(samples, classes"),
        (lambda: metrics.MeanIoU(0), "num_classes must be a positive int"),
        (lambda: metrics.MeanIoU(2)([0, 1], [[0, 1]]), "labels of"),
    ],
)
def test_refusals_of_scores_and_overlaps(call, words):
    with pytest.raises((tfpy.ArgumentError, tfpy.ShapeError), match=words):
        call()


def test_a_score_refuses_another_number_of_classes():
    score = metrics.F1Score()
    score.update_state(np.eye(3), np.eye(3))
    with pytest.raises(tfpy.ShapeError, match="a batch of 2 classes after 3"):
        score.update_state(np.eye(2), np.eye(2))


def test_means_and_sums():
    mean, total = metrics.Mean(), metrics.Sum()
    for metric in (mean, total):
        metric.update_state([1.0, 3.0], [0.5, 1.0])
        metric.update_state(4.0)
    assert float(mean.result()) == pytest.approx(7.5 / 2.5)
    assert float(total.result()) == 7.5
