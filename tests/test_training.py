"""`compile`, `fit`, `evaluate`, `predict` against Keras's: the same weights, data and steps."""

import asyncio
import gc
from contextlib import nullcontext

import numpy as np
import pytest

import tfpy
from tests import webgl
from tests.keras_on_jax import keras
from tfpy import layers as L

pytestmark = [
    # Keras's variables as arrays, with a newer NumPy than Keras was written for.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
RNG = np.random.default_rng(11)
X = RNG.normal(size=(50, 6)).astype(np.float32)
Y = (X @ RNG.normal(size=(6, 1)) + 0.1).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(np.int32) + (X[:, 1] > 0.5)
HOT = np.eye(3, dtype=np.float32)[CLASSES]
WEIGHTS = RNG.uniform(0.2, 2, 50).astype(np.float32)


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


def twins(build):
    """The models that `build(layers, Model, Input)` makes of tfpy and of Keras, equal weights."""
    ours = build(tfpy.layers, tfpy.Model, tfpy.Input)
    theirs = build(keras.layers, keras.Model, keras.Input)
    theirs.set_weights([w + 0.0 for w in ours.get_weights()])
    return ours, theirs


def dense(units=1, activation=None, **options):
    def build(layers, Model, Input):
        x = Input((6,))
        h = layers.Dense(5, activation="tanh", **options)(x)
        return Model(x, layers.Dense(units, activation=activation)(h))

    return build


def two_heads(layers, Model, Input):
    a, b = Input((6,), name="a"), Input((6,), name="b")
    h = layers.Dense(4, activation="tanh", name="h")(layers.Concatenate(name="c")([a, b]))
    number = layers.Dense(1, name="number")(h)
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    return Model([a, b], [number, kind])


def assert_logs(ours, theirs, rtol=2e-4):
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=rtol, atol=1e-5, err_msg=name)


def assert_same_fit(build, compile_options, data, rtol=2e-4, **options):
    ours, theirs = twins(build)
    found = []
    for model in (ours, theirs):
        made = {k: v(model) if callable(v) else v for k, v in compile_options.items()}
        model.compile(**made)
        shown = model.fit(*data, epochs=3, shuffle=False, verbose=0, **options)
        found.append(shown.history)
    assert_logs(*found, rtol)
    for x, y in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-4)
    return ours, theirs


CASES = {
    "regression": (dense(), {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]}, (X, Y), {}),
    "last batch smaller": (
        dense(),
        {"optimizer": "adam", "loss": "mse"},
        (X, Y),
        {"batch_size": 16},
    ),
    "sparse classes": (
        dense(3, "softmax"),
        {
            "optimizer": "rmsprop",
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy", "sparse_categorical_crossentropy"],
        },
        (X, CLASSES),
        {},
    ),
    "a class that is ignored": (
        dense(3, "softmax"),
        {
            "optimizer": "sgd",
            "loss": lambda model: (
                keras if isinstance(model, keras.Model) else tfpy
            ).losses.SparseCategoricalCrossentropy(ignore_class=1),
        },
        (X, CLASSES),
        {"sample_weight": WEIGHTS},
    ),
    "hot classes": (
        dense(3, "softmax"),
        {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["acc"]},
        (X, HOT),
        {},
    ),
    "binary": (
        dense(1, "sigmoid"),
        {
            "optimizer": "adam",
            "loss": "binary_crossentropy",
            "metrics": ["accuracy", "AUC", "precision"],
        },
        (X, (CLASSES > 0).astype(np.float32)),
        {},
    ),
    "counts and scores": (
        dense(3, "softmax"),
        {
            "optimizer": "sgd",
            "loss": "categorical_focal_crossentropy",
            "metrics": ["true_positives", "FalseNegatives", "f1_score"],
        },
        (X, HOT),
        {},
    ),
    "weights": (
        dense(),
        {
            "optimizer": "sgd",
            "loss": "mse",
            "metrics": ["mae"],
            "weighted_metrics": ["mae", "mse"],
        },
        (X, Y),
        {"sample_weight": WEIGHTS},
    ),
    "weights with an axis": (
        dense(),
        {"optimizer": "sgd", "loss": "mse", "weighted_metrics": ["mae", "mse"]},
        (X, Y),
        {"sample_weight": WEIGHTS[:, None]},
    ),
    "class weights": (
        dense(3, "softmax"),
        {
            "optimizer": "sgd",
            "loss": "sparse_categorical_crossentropy",
            "weighted_metrics": ["accuracy"],
        },
        (X, CLASSES),
        {"class_weight": {0: 0.5, 2: 3.0}},
    ),
    "class weights of one-hot labels": (
        dense(3, "softmax"),
        {"optimizer": "sgd", "loss": "categorical_crossentropy"},
        (X, HOT),
        {"class_weight": {0: 0.5, 1: 1.0, 2: 3.0}},
    ),
    "validation split": (
        dense(),
        {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]},
        (X, Y),
        {"validation_split": 0.3},
    ),
    "validation data": (
        dense(),
        {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]},
        (X[:20], Y[:20]),
        {
            "validation_data": (X[20:], Y[20:], WEIGHTS[20:]),
            "validation_freq": 2,
            "validation_batch_size": 7,
        },
    ),
    "steps": (
        dense(),
        {"optimizer": "sgd", "loss": "mse"},
        (X, Y),
        {"batch_size": 10, "steps_per_epoch": 2, "initial_epoch": 1},
    ),
    "regularized": (
        dense(kernel_regularizer="l1", bias_regularizer="l2", activity_regularizer="l2"),
        {"optimizer": "sgd", "loss": "mse"},
        (X, Y),
        {"validation_split": 0.2},
    ),
    "gathered gradients of a scaled loss": (
        dense(),
        {
            "optimizer": {
                "module": "keras.optimizers",
                "class_name": "Adam",
                "config": {"gradient_accumulation_steps": 2, "loss_scale_factor": 16.0},
            },
            "loss": "mse",
            "metrics": ["mae"],
            "jit_compile": True,
            "steps_per_execution": 1,
        },
        (X, Y),
        {},
    ),
    "constrained": (
        dense(kernel_constraint="max_norm", bias_constraint="non_neg"),
        {"optimizer": "sgd", "loss": "mse"},
        (X, 5 * Y),
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_epoch_is_that_of_keras(case):
    build, compile_options, data, options = CASES[case]
    ours, theirs = assert_same_fit(build, compile_options, data, **options)
    x, y = data
    weight = options.get("sample_weight")
    found = (
        m.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True) for m in (ours, theirs)
    )
    assert_logs(*found, rtol=1e-3)
    np.testing.assert_allclose(
        ours.predict(x, batch_size=7).numpy(), theirs.predict(x, verbose=0), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("word", ["crossentropy", "ce"])
@pytest.mark.parametrize(
    ("units", "labels", "kind"),
    [
        (1, CLASSES[:, None] > 0, "binary"),
        (3, HOT, "categorical"),
        (3, CLASSES, "sparse_categorical"),
    ],
)
def test_crossentropy_is_that_of_the_labels(word, units, labels, kind):
    """As a loss as in Keras; as a metric as in TF.js, where Keras knows no such name."""
    ours, theirs = twins(dense(units, "softmax" if units > 1 else "sigmoid"))
    labels, full = np.asarray(labels), f"{kind}_crossentropy"
    ours.compile("sgd", word, metrics=[word, full])
    theirs.compile("sgd", word, metrics=[full])
    y = labels.astype(np.float32)
    found, wanted = (m.evaluate(X, y, verbose=0, return_dict=True) for m in (ours, theirs))
    assert found.pop(word) == found[full]
    assert_logs(found, wanted)


def test_metrics_and_losses_of_several_outputs():
    options = {
        "optimizer": "adam",
        "loss": ["mse", "sparse_categorical_crossentropy"],
        "loss_weights": [0.5, 2.0],
        "metrics": [["mae"], ["accuracy"]],
        "weighted_metrics": [["mae"], []],
    }
    data = ([X, X * 2], [Y, CLASSES])
    ours, theirs = assert_same_fit(two_heads, options, data, sample_weight=[WEIGHTS, WEIGHTS])
    logs = [m.evaluate(*data, verbose=0, return_dict=True) for m in (ours, theirs)]
    assert_logs(*logs)
    assert list(logs[0]) == ours.metrics_names


def names_of(model):
    return [m.name for m in model.metrics]


def test_metrics_are_listed_as_soon_as_the_outputs_are_known():
    built = tfpy.Sequential([L.Input((6,)), L.Dense(1)])
    later = tfpy.Sequential([L.Dense(1)])
    for model in (built, later):
        model.compile("sgd", "mse", metrics=["mae", "accuracy"], weighted_metrics=["mse"])
    assert (names_of(later), later.metrics_names) == (["loss"], ["loss"])
    later.build((None, 6))
    wanted = ["loss", "mae", "accuracy", "mse"]
    for model in (built, later):
        assert names_of(model) == model.metrics_names == wanted
        listed = model.metrics
        model.fit(X, Y, verbose=0)
        assert [id(m) for m in model.metrics] == [id(m) for m in listed]
    built.compile("sgd", "mse", metrics=["mse"])
    assert built.metrics_names == ["loss", "mse"]


def test_the_metrics_of_each_output_are_listed_before_a_batch_is_seen():
    model = two_heads(L, tfpy.Model, L.Input)
    model.compile("sgd", ["mse", "mae"], metrics=[["mae"], ["mse"]])
    names = model.metrics_names
    assert len(names) == 5
    assert names[0] == "loss"
    assert [name.rpartition("_")[2] for name in names[1:]] == ["loss", "loss", "mae", "mse"]


def test_outputs_by_name():
    losses = {"number": "mae", "kind": "sparse_categorical_crossentropy"}
    options = {"optimizer": "sgd", "loss": losses, "metrics": {"kind": "accuracy"}}
    data = ({"a": X, "b": -X}, {"number": Y, "kind": CLASSES})
    assert_same_fit(two_heads, options, data)


def images(layers, Model, Input):
    x = Input((6, 6, 1))
    h = layers.Conv2D(3, 3, padding="same")(x)
    h = layers.BatchNormalization()(h)
    h = layers.Activation("relu")(h)
    h = layers.MaxPooling2D()(h)
    return Model(x, layers.Dense(3)(layers.Flatten()(h)))


def test_batch_normalization_follows_the_batches():
    def loss(model):
        kind = keras if isinstance(model, keras.Model) else tfpy
        return kind.losses.SparseCategoricalCrossentropy(from_logits=True)

    x = RNG.normal(size=(50, 6, 6, 1)).astype(np.float32)
    options = {"optimizer": "sgd", "loss": loss, "metrics": ["accuracy"]}
    assert_same_fit(images, options, (x, CLASSES), rtol=1e-3, validation_split=0.2)


def test_webgl_trains_as_numpy_does():
    build, options, data, _ = CASES["sparse classes"]
    model = build(tfpy.layers, tfpy.Model, tfpy.Input)
    start, found = model.get_weights(), []

    def trained():
        model.set_weights(start)
        model.compile(**options)
        found.append(model.fit(*data, epochs=3, shuffle=False, verbose=0).history)

    trained()
    with webgl.egl():
        trained()
        # Whole batches and the last one, and the metrics' results.
        assert len(model._steps._made["train"].plans) == 2
    assert_logs(*found)


def test_class_weights_and_sample_weights_multiply():
    build, options, (x, y), _ = CASES["class weights"]
    model = build(tfpy.layers, tfpy.Model, tfpy.Input)
    start, losses = model.get_weights(), []
    classes = np.array([0.5, 1.0, 3.0], np.float32)
    for given in (
        {"class_weight": {0: 0.5, 2: 3.0}, "sample_weight": WEIGHTS},
        {"class_weight": {0: 0.5, 2: 3.0}, "sample_weight": WEIGHTS[:, None]},
        {"sample_weight": WEIGHTS * classes[y]},
    ):
        model.set_weights(start)
        model.compile(**options)
        losses.append(model.fit(x, y, shuffle=False, verbose=0, **given).history["loss"][0])
    assert losses[:2] == pytest.approx([losses[2]] * 2)


@pytest.mark.parametrize("eager", [False, True])
def test_labels_of_another_kind_are_taken_after_others_or_wrong_ones(eager):
    model, x = dense(3, "softmax")(tfpy.layers, tfpy.Model, tfpy.Input), X[:32]
    model.compile("sgd", "crossentropy", metrics=["accuracy"], run_eagerly=eager)
    with pytest.raises(tfpy.ShapeError):
        model.fit(X, HOT[:, :2], verbose=0)
    assert model.evaluate(x, CLASSES[:32], verbose=0) == pytest.approx(
        model.evaluate(x, HOT[:32], verbose=0)
    )
    assert np.isfinite(model.fit(X, HOT, verbose=0).history["loss"][0])


def test_train_on_batch_and_test_on_batch():
    ours, theirs = twins(dense())
    for model in (ours, theirs):
        model.compile("sgd", "mse", metrics=["mae"])
    for n in range(3):
        pair = [m.train_on_batch(X[:9], Y[:9], WEIGHTS[:9]) for m in (ours, theirs)]
        np.testing.assert_allclose(*pair, rtol=1e-4, err_msg=str(n))
    for model in (ours, theirs):
        model.reset_metrics()  # which is done by itself, too
    pair = [m.test_on_batch(X, Y, return_dict=True) for m in (ours, theirs)]
    assert_logs(*pair)
    assert ours.predict_on_batch(X).shape == (50, 1)


# ----------------------------------------------------------------------------------- inputs


def small(activation=None):
    model = tfpy.Sequential([L.Input((6,)), L.Dense(1, activation)])
    model.compile("sgd", "mse")
    return model


def batches(n=3):
    for i in range(n):
        yield X[10 * i : 10 * i + 10], Y[10 * i : 10 * i + 10]


class Indexed:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return list(batches())[i]


@pytest.mark.parametrize(
    "source",
    [
        lambda: ((X[:30], Y[:30]), {}),
        lambda: ((tfpy.tensor(X[:30]), tfpy.tensor(Y[:30])), {}),
        lambda: ((X[:30].tolist(), Y[:30].tolist()), {}),
        lambda: ((X[:30].astype(np.float64), Y[:30].astype(np.float64)), {}),
        lambda: (([X[:30]], [Y[:30]]), {}),
        lambda: ((batches(),), {}),
        lambda: ((Indexed(),), {}),
        lambda: (({"xs": x, "ys": y} for x, y in batches()), {}),
        lambda: ((batches(5),), {"steps_per_epoch": 3}),
    ],
)
def test_data_of_every_kind(source):
    model, expected = small(), small()
    expected.set_weights(model.get_weights())
    args, options = source()
    args = args if isinstance(args, tuple) else (args,)
    got = model.fit(*args, batch_size=10, shuffle=False, verbose=0, **options)
    wanted = expected.fit(X[:30], Y[:30], batch_size=10, shuffle=False, verbose=0)
    assert got.history == wanted.history


def test_datasets_with_and_without_await():
    rows = tfpy.data.Dataset.from_tensor_slices((X[:30], Y[:30])).batch(10)
    model, twin, third = small(), small(), small()
    for other in (twin, third):
        other.set_weights(model.get_weights())
    got = model.fit(rows, epochs=2, verbose=0, validation_data=rows)
    later = asyncio.run(twin.fit_async(rows, epochs=2, verbose=0, validation_data=rows))
    options = {"validation_data": (X[:30], Y[:30]), "verbose": 0, "shuffle": False}
    wanted = third.fit(X[:30], Y[:30], batch_size=10, epochs=2, **options)
    assert got.history == later.history == wanted.history
    assert model.predict(rows.map(lambda x, y: x)).shape == (30, 1)


def test_an_iterator_goes_on_where_an_epoch_ended():
    seen = []

    def endless():
        while True:
            seen.append(len(seen))
            yield X[:10], Y[:10]

    small().fit(endless(), steps_per_epoch=2, epochs=3, verbose=0)
    assert len(seen) == 6


VALIDATION = np.arange(8, dtype=np.float32)[:, None]


@pytest.mark.parametrize(
    "source",
    [
        lambda: ((VALIDATION, VALIDATION * 0), {"validation_batch_size": 2}),
        lambda: (tfpy.data.Dataset.from_tensor_slices((VALIDATION, VALIDATION * 0)).batch(2), {}),
        lambda: (
            tfpy.data.Dataset.from_tensor_slices((VALIDATION, VALIDATION * 0)).batch(2).repeat(),
            {},
        ),
    ],
    ids=["arrays", "dataset", "endless dataset"],
)
def test_validation_begins_at_the_first_batch_in_every_epoch(source):
    data, options = source()
    options = {"validation_steps": 2, "verbose": 0, "epochs": 3, **options}
    ones = tfpy.layers.Dense(1, kernel_initializer="ones", trainable=False)
    ours = tfpy.Sequential([L.Input((1,)), ones])
    theirs = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    theirs.trainable = False
    arrays = {**options, "validation_batch_size": 2}
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    wanted = theirs.fit(
        VALIDATION, VALIDATION * 0, validation_data=(VALIDATION, VALIDATION * 0), **arrays
    )
    assert wanted.history["val_loss"] == [3.5, 3.5, 3.5]
    found = ours.fit(VALIDATION, VALIDATION * 0, validation_data=data, **options)
    assert found.history["val_loss"] == wanted.history["val_loss"]
    later = ours.fit_async(VALIDATION, VALIDATION * 0, validation_data=data, **options)
    assert asyncio.run(later).history["val_loss"] == wanted.history["val_loss"]


def test_a_generator_of_validation_data_goes_on_where_an_epoch_ended():
    """Keras shows the two batches that it keeps for finding out types again, by accident."""

    def numbers():
        for i in range(0, 8, 2):
            yield VALIDATION[i : i + 2], VALIDATION[i : i + 2] * 0

    ones = tfpy.layers.Dense(1, kernel_initializer="ones", trainable=False)
    model = tfpy.Sequential([L.Input((1,)), ones])
    model.compile("sgd", "mse")
    options = {"validation_data": numbers(), "validation_steps": 2, "epochs": 2, "verbose": 0}
    found = model.fit(VALIDATION, VALIDATION * 0, **options).history["val_loss"]
    assert found == [3.5, 31.5]


def test_an_iterator_that_ends_too_early_warns():
    with pytest.warns(UserWarning, match="after 3 of 4 batches"):
        small().fit(batches(), steps_per_epoch=4, verbose=0)


def test_an_iterator_without_batches_for_another_epoch_ends_training():
    ended = []
    hooks = {"on_train_end": lambda logs: ended.append(logs)}
    for options in ({}, {"steps_per_epoch": 3}, {"validation_data": (X, Y)}):
        with pytest.warns(UserWarning, match="fit ran out of data"):
            history = small().fit(batches(), epochs=4, verbose=0, callbacks=hooks, **options)
        assert history.epoch == [0]
        assert ended.pop() == {name: values[0] for name, values in history.history.items()}
    with pytest.warns(UserWarning, match="validation_data ran out of data"):
        history = small().fit(X, Y, epochs=3, validation_data=batches(), verbose=0)
    assert (history.epoch, history.validated) == ([0, 1, 2], [0])


def test_a_dataset_without_end_needs_a_number_of_steps():
    rows = tfpy.data.Dataset.from_tensor_slices((X[:30], Y[:30])).batch(10)
    endless, model = rows.repeat(), small()
    for call, limit in (
        (lambda **o: model.fit(endless, verbose=0, **o), "steps_per_epoch"),
        (lambda **o: model.fit(X, Y, validation_data=endless, verbose=0, **o), "validation_steps"),
        (lambda **o: model.evaluate(endless, verbose=0, **o), "steps"),
        (lambda **o: model.predict(endless.map(lambda x, y: x), **o), "steps"),
        (lambda **o: asyncio.run(model.fit_async(endless, verbose=0, **o)), "steps_per_epoch"),
    ):
        with pytest.raises(tfpy.ArgumentError, match=f"has no end; {limit} must say"):
            call()
        call(**{limit: 2})


def test_the_seed_decides_the_order():
    losses = []
    for seed in (1, 1, 2):
        model = small()
        model.set_weights([np.ones((6, 1), np.float32), np.zeros(1, np.float32)])
        tfpy.set_seed(seed)
        losses.append(model.fit(X, Y, batch_size=5, verbose=0).history["loss"])
    assert losses[0] == losses[1] != losses[2]


def test_orders_differ_from_epoch_to_epoch_and_are_complete():
    from tfpy.training.data import Arrays

    numbers = np.arange(10, dtype=np.int32)
    for values in (numbers, tfpy.tensor(numbers)):
        source = Arrays("test", [values, None, None], 3, True)
        epochs = [[n for x, _, _ in source for n in x.tolist()] for _ in range(2)]
        assert epochs[0] != epochs[1]
        assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10))


# ------------------------------------------------------------------------------- what is wrong


class Breaks(Exception):
    pass


def broken():
    yield X[:10], Y[:10]
    raise Breaks


BAD = {
    "not compiled": (lambda m: fresh().fit(X, Y), tfpy.ArgumentError, "compile"),
    "no data": (lambda m: m.fit(), tfpy.ArgumentError, "no data"),
    "empty": (lambda m: m.fit(X[:0], Y[:0], verbose=0), tfpy.ArgumentError, "no samples"),
    "no batches": (lambda m: m.fit(iter(()), verbose=0), tfpy.ArgumentError, "no batches"),
    "sizes": (lambda m: m.fit(X, Y[:9], verbose=0), tfpy.ShapeError, "batch sizes: 50, 9"),
    "input": (lambda m: m.fit(X[:, :5], Y, verbose=0), tfpy.ShapeError, "shape"),
    "no labels": (lambda m: m.fit(X, verbose=0), tfpy.ArgumentError, "labels"),
    "loss": (lambda m: m.compile("sgd", "mze"), tfpy.ArgumentError, "mze"),
    "metric": (lambda m: m.compile("sgd", "mse", metrics=["foo"]), tfpy.ArgumentError, "foo"),
    "optimizer": (lambda m: m.compile("sdg", "mse"), tfpy.ArgumentError, "sdg"),
    "split": (lambda m: m.fit(X, Y, validation_split=1.5), tfpy.ArgumentError, "1.5"),
    "batch size": (lambda m: m.fit(X, Y, batch_size=0), tfpy.ArgumentError, "batch_size must"),
    "epochs": (lambda m: m.fit(X, Y, epochs=-1), tfpy.ArgumentError, "epochs must not be negative"),
    "verbose": (lambda m: m.fit(X, Y, verbose="loud"), tfpy.ArgumentError, "loud"),
    "callback": (lambda m: m.fit(X, Y, callbacks=[3]), tfpy.ArgumentError, "3"),
    "generator": (lambda m: m.fit(broken(), verbose=0), Breaks, "^$"),
    "y beside batches": (lambda m: m.fit(batches(), Y), tfpy.ArgumentError, "y comes in"),
    "split of a dataset": (
        lambda m: m.fit(tfpy.data.Dataset.from_tensor_slices((X, Y)), validation_split=0.2),
        tfpy.ArgumentError,
        "validation_split=0.2 is for arrays, not for a .*; give validation_data",
    ),
    "steps": (
        lambda m: m.fit(X, Y, steps_per_epoch="3"),
        tfpy.ArgumentError,
        "fit: steps_per_epoch must be a positive int, not '3'",
    ),
    "validation steps": (
        lambda m: m.fit(X, Y, validation_data=(X, Y), validation_steps=0),
        tfpy.ArgumentError,
        "validation_steps must be a positive int, not 0",
    ),
    "frequency": (
        lambda m: m.fit(X, Y, validation_data=(X, Y), validation_freq=0),
        tfpy.ArgumentError,
        "validation_freq must be a positive int, not 0",
    ),
    "frequencies": (
        lambda m: m.fit(X, Y, validation_data=(X, Y), validation_freq=1.5),
        tfpy.ArgumentError,
        "validation_freq must be an integer, not 1.5",
    ),
    "class weights": (
        lambda m: m.fit(X, Y, class_weight=[1.0, 2.0]),
        tfpy.ArgumentError,
        "class_weight must be a dict",
    ),
    "classes": (
        lambda m: m.fit(X, Y, class_weight={"a": 1.0}),
        tfpy.ArgumentError,
        "class_weight: a class must be an integer, not 'a'",
    ),
    "weight of a class": (
        lambda m: m.train_on_batch(X, Y, class_weight={0: "much"}),
        tfpy.ArgumentError,
        "train_on_batch: class_weight .*'much'",
    ),
    "heads": (
        lambda m: m.compile("sgd", {"nobody": "mse"}),
        tfpy.ArgumentError,
        "nobody",
    ),
}


def fresh():
    return tfpy.Sequential([L.Input((6,)), L.Dense(1)])


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_and_the_model_goes_on(case):
    call, error, words = BAD[case]
    model = small()
    before = model.get_weights()
    with pytest.raises(error, match=words):
        call(model)
    if case != "generator":  # whose first batch was good
        for x, y in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(x, y)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


#: Labels that Keras broadcasts with outputs of shape (50, 1) so that each sample is compared with
#: what belongs to others, or to nothing.
STRAY_LABELS = [(50, 7), (50, 50), (50, 1, 7), (50, 2, 1), (50, 1, 1, 1)]


@pytest.mark.parametrize("shape", STRAY_LABELS, ids=str)
@pytest.mark.parametrize(
    "loss", ["mse", "binary_crossentropy", tfpy.losses.Huber(), tfpy.losses.log_cosh]
)
def test_labels_that_are_no_labels_of_these_outputs_are_refused(shape, loss):
    model, stray = fresh(), np.ones(shape, np.float32)
    model.compile("sgd", loss)
    before = model.get_weights()
    words = rf"labels of shape \({50}, .*shape \(50, 1\)"
    calls = [
        lambda: model.fit(X, stray, batch_size=50, verbose=0),
        lambda: asyncio.run(model.fit_async(X, stray, batch_size=50, verbose=0)),
        lambda: model.evaluate(X, stray, batch_size=50, verbose=0),
        lambda: model.train_on_batch(X, stray),
        lambda: model.fit(X, Y, validation_data=(X, stray), validation_batch_size=50, verbose=0),
    ]
    for call in calls[:4]:
        with pytest.raises(tfpy.ShapeError, match=words):
            call()
    for x, y in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    with pytest.raises(tfpy.ShapeError, match=words):
        calls[4]()
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


def test_labels_of_as_many_samples_as_there_are_outputs_are_refused():
    """(3,) would broadcast with (3, 3), but with no other size of batch."""
    model = tfpy.Sequential([L.Input((6,)), L.Dense(3)])
    model.compile("sgd", "mse")
    with pytest.raises(tfpy.ShapeError, match=r"labels of shape \(3,\).*shape \(3, 3\)"):
        model.train_on_batch(X[:3], Y[:3, 0])


@pytest.mark.parametrize(
    ("outputs", "labels"),
    [
        ((1,), ()),
        ((), (1,)),
        ((3,), (3, 1)),
        ((3, 1), (3,)),
        ((3,), (1,)),
        ((3, 2), (1, 2)),
        ((3, 2), (3, 1)),
    ],
    ids=str,
)
def test_labels_that_broadcast_to_the_outputs_are_taken_as_by_keras(outputs, labels):
    def build(layers, Model, Input):
        x = Input((6,))
        return Model(x, layers.Reshape(outputs)(layers.Dense(int(np.prod(outputs)))(x)))

    y = RNG.normal(size=(50, *labels)).astype(np.float32)
    assert_same_fit(build, {"optimizer": "sgd", "loss": "mse"}, (X, y))


def test_a_loss_of_ones_own_may_want_any_labels():
    model = fresh()
    model.compile("sgd", lambda t, p: tfpy.mean(tfpy.squared_difference(t[:, :1], p), -1))
    history = model.fit(X, np.tile(Y, (1, 7)), verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_terminate_on_nan_keeps_the_weights_from_before():
    x = X.copy()
    x[25] = np.nan
    model, good = small(), small()
    good.set_weights(model.get_weights())
    callbacks = [tfpy.callbacks.TerminateOnNaN()]
    history = model.fit(x, Y, batch_size=5, epochs=4, shuffle=False, verbose=0, callbacks=callbacks)
    assert len(history.epoch) == 1
    good.fit(x[:25], Y[:25], batch_size=5, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), good.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


@pytest.mark.parametrize("awaited", [False, True], ids=["fit", "fit_async"])
@pytest.mark.parametrize("at", [2, 25, 49])
def test_terminate_on_nan_raises_if_asked_and_keeps_the_weights(awaited, at):
    x, ended = X.copy(), []
    x[at] = np.nan
    model, good = small(), small()
    good.set_weights(model.get_weights())
    guard = tfpy.callbacks.TerminateOnNaN(raise_error=True)
    told = tfpy.callbacks.LambdaCallback(on_train_end=ended.append)
    options = {"batch_size": 5, "epochs": 4, "shuffle": False, "verbose": 0}
    fit = (lambda *xs, **o: asyncio.run(model.fit_async(*xs, **o))) if awaited else model.fit
    with pytest.raises(tfpy.NonFiniteLossError, match=r"epoch 1 .*nan.*weights") as caught:
        fit(x, Y, callbacks=[told, guard], **options)
    assert isinstance(caught.value, RuntimeError), "what Keras raises"
    assert not ended, "nor does Keras tell of an end then"
    if at >= 5:
        good.fit(x[: at // 5 * 5], Y[: at // 5 * 5], **{**options, "epochs": 1})
    for a, b in zip(model.get_weights(), good.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


def test_a_batch_whose_loss_is_not_finite_is_said():
    model = small()
    for call in (model.train_on_batch, lambda x, y: asyncio.run(model.train_on_batch_async(x, y))):
        with pytest.warns(UserWarning, match=r"train_on_batch: the loss is nan.*raise_error=True"):
            call(X * np.nan, Y)
    assert np.isnan(model.test_on_batch(X, Y)), "which changes nothing and says nothing"


class RootOfSquares(tfpy.losses.Loss):
    """A finite loss whose gradient is not, where predictions are what they should be."""

    def call(self, y_true, y_pred):
        return tfpy.sqrt(tfpy.sum((y_true - y_pred) ** 2, -1))


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize(
    ("optimizer", "loss", "values"),
    [
        (lambda: tfpy.optimizers.Adam(0.1), RootOfSquares(), [3, 0, 1]),
        (lambda: tfpy.optimizers.SGD(3e38, momentum=0.5), "mse", [0, 3, 1]),
    ],
)
def test_a_gradient_that_is_not_finite_ends_training_too(backend, optimizer, loss, values):
    x = np.array(values, np.float32).reshape(3, 1)
    with webgl.egl() if backend == "webgl" else nullcontext():
        model = tfpy.Sequential([L.Input((1,)), L.Dense(1, use_bias=False)])
        model.compile(optimizer(), loss)
        options = {"shuffle": False, "verbose": 0, "callbacks": [tfpy.callbacks.TerminateOnNaN()]}
        history = model.fit(x, x * 2, batch_size=1, epochs=3, **options)
        assert np.isnan(history.history["loss"]).tolist() == [True]
        assert int(model.optimizer.iterations) == 1, "only the first batch is learned"
        found, state = model.get_weights(), [v.numpy() for v in model.optimizer.variables]
        assert all(np.isfinite(v).all() for v in (*found, *state))


def test_terminate_on_nan_guards_steps_of_ones_own():
    class Net(tfpy.Sequential):
        def train_step(self, data):
            super().train_step(data)
            self.layers[0].kernel.assign(self.layers[0].kernel / 0.0)
            return {"loss": tfpy.tensor(1.0)}

    model = Net([L.Input((6,)), L.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    options = {"epochs": 3, "verbose": 0, "callbacks": [tfpy.callbacks.TerminateOnNaN()]}
    assert np.isnan(model.fit(X, Y, **options).history["loss"]).tolist() == [True]
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_loss_that_is_not_finite_is_said_once():
    x = X.copy()
    x[3] = np.inf
    model = small()
    words = r"loss of epoch 1 is nan.*callbacks=\[TerminateOnNaN\(raise_error=True\)\]"
    with pytest.warns(UserWarning, match=words) as caught:
        model.fit(x, Y, epochs=3, verbose=0)
    assert len(caught) == 1


def test_batches_that_break_off_leave_what_was_learned_before():
    """The iterable, awaited or not, raises in the middle of an epoch."""

    async def broken_off():
        for batch in broken():
            yield batch

    model, good = small(), small()
    good.set_weights(model.get_weights())
    with pytest.raises(Breaks):
        model.fit(broken(), verbose=0)
    good.train_on_batch(X[:10], Y[:10])
    for a, b in zip(model.get_weights(), good.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    with pytest.raises(Breaks):
        asyncio.run(model.fit_async(broken_off(), verbose=0))
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


# ------------------------------------------------------------------------------------- plans


def test_one_plan_for_each_size_of_batch_and_nothing_leaks():
    with webgl.egl() as backend:
        model = fresh()
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
        gc.collect()
        before = backend.memory(), tfpy.memory()["num_tensors"]
        model.fit(X, Y, batch_size=16, epochs=5, verbose=0)
        gc.collect()
        after = backend.memory(), tfpy.memory()["num_tensors"]
        assert before[1] == after[1]
        assert before[0]["num_textures"] == after[0]["num_textures"]
        assert len(model._steps._made["train"].plans) == 2
        del model
        gc.collect()
        assert webgl.textures(backend) == 0


def test_freezing_a_layer_takes_effect_without_compiling_again():
    model = tfpy.Sequential([L.Input((6,)), L.Dense(3), L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    frozen, head = model.layers[0].get_weights()[0], model.layers[1].get_weights()[0]
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(frozen, model.layers[0].get_weights()[0])
    assert (head != model.layers[1].get_weights()[0]).any()


def test_eager_steps_are_the_same():
    histories = []
    build, options, data, _ = CASES["hot classes"]
    model = build(tfpy.layers, tfpy.Model, tfpy.Input)
    start = model.get_weights()
    for eager in (False, True):
        model.set_weights(start)
        model.compile(**options, run_eagerly=eager)
        histories.append(model.fit(*data, shuffle=False, epochs=2, verbose=0).history)
    assert_logs(*histories, rtol=1e-6)


def test_a_model_of_ones_own():
    class Net(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.inner = L.Dense(4, "relu")
            self.outer = L.Dense(1)

        def call(self, inputs, training=False):
            h = self.inner(inputs)
            self.add_loss(tfpy.mean(h * h) * 0.1)
            return self.outer(h)

    model = Net()
    model.compile("adam", "mse", metrics=["mae"])
    losses = model.fit(X, Y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    total, _ = model.evaluate(X, Y, verbose=0)
    h = np.maximum(X @ model.inner.get_weights()[0] + model.inner.get_weights()[1], 0)
    pure = np.mean((model.predict(X).numpy() - Y) ** 2)
    assert total == pytest.approx(pure + 0.1 * np.mean(h * h), rel=0.05)


def test_a_training_step_of_ones_own():
    class Net(tfpy.Sequential):
        def train_step(self, data):
            x, y, _ = data
            with tfpy.GradientTape() as tape:
                loss = tfpy.mean((self(x, training=True) - y) ** 2)
            variables = self.trainable_weights
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return {"mine": loss}

    model = Net([L.Input((6,)), L.Dense(1)])
    model.compile("sgd")
    history = model.fit(X, Y, batch_size=50, epochs=3, verbose=0).history
    assert list(history) == ["mine"]
    assert history["mine"][-1] < history["mine"][0]


class Tracked(tfpy.Sequential):
    """Steps as in Keras's guide to what one may customize."""

    def __init__(self, layers):
        super().__init__(layers)
        self.tracker = tfpy.metrics.Mean("mine")

    def train_step(self, data):
        x, y, _ = data
        with tfpy.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        self.tracker.update_state(loss)
        return {"mine": self.tracker.result()}

    def test_step(self, data):
        x, y, _ = data
        self.tracker.update_state(self.compute_loss(y=y, y_pred=self(x)))
        return {"mine": self.tracker.result()}


class Listed(Tracked):
    @property
    def metrics(self):
        return [self.tracker]


class Inner(Listed):
    def reset_metrics(self):
        self.tracker.reset_state()


@pytest.mark.parametrize("kind", [Tracked, Listed, Inner])
def test_metrics_of_ones_own_begin_anew_with_each_epoch_and_evaluation(kind):
    model = kind([L.Input((6,)), L.Dense(1)])
    model.compile(tfpy.optimizers.SGD(0.0), "mse")
    seen, new = (X[:32], Y[:32]), (X[32:], Y[32:])
    history = model.fit(*seen, epochs=2, validation_data=new, verbose=0).history
    wanted, validated = (
        float(np.mean((model.predict(x).numpy() - y) ** 2)) for x, y in (seen, new)
    )
    np.testing.assert_allclose(history["mine"], [wanted] * 2, rtol=1e-4)
    np.testing.assert_allclose(history["val_mine"], [validated] * 2, rtol=1e-4)
    for _ in range(2):
        np.testing.assert_allclose(model.evaluate(*seen, verbose=0), wanted, rtol=1e-4)
        np.testing.assert_allclose(model.train_on_batch(*seen), wanted, rtol=1e-4)
    assert model.metrics.count(model.tracker) == 1


@pytest.mark.parametrize("kind", [Tracked, Listed, Inner])
def test_the_loss_of_compile_begins_anew_beside_metrics_of_ones_own(kind):
    class Plain(kind):
        train_step, test_step = tfpy.Model.train_step, tfpy.Model.test_step

    model = Plain([L.Input((6,)), L.Dense(1)])
    model.compile(tfpy.optimizers.SGD(0.0), "mse")
    losses = model.fit(X, Y, epochs=2, validation_data=(X * 2, Y), verbose=0).history["loss"]
    assert losses[0] == pytest.approx(losses[1])


def test_the_loss_is_told_whether_it_is_for_training():
    told = []

    class Net(tfpy.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            told.append(training)
            return super().compute_loss(x, y, y_pred, sample_weight, training)

    class Older(tfpy.Sequential):
        def compute_loss(self, x, y, y_pred, sample_weight=None):
            return super().compute_loss(x, y, y_pred, sample_weight)

    for kind in (Net, Older):
        model = kind([L.Input((6,)), L.Dense(1)])
        model.compile("sgd", "mse")
        model.train_on_batch(X, Y)
        model.test_on_batch(X, Y)
    assert told == [True, False]


# ------------------------------------------------------------------------------------- async


def test_the_coroutine_does_the_same_and_lets_others_run():
    async def run():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        async def stream():
            for batch in batches():
                await asyncio.sleep(0)
                yield batch

        other = asyncio.ensure_future(tick())
        history = await model.fit_async(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0)
        assert ticks > 10
        await model.fit_async(stream(), verbose=0)
        loss = await model.evaluate_async(X, Y, verbose=0)
        outputs = await model.predict_async(X)
        trained = await model.train_on_batch_async(X, Y)
        other.cancel()
        return history.history, loss, outputs, trained

    model, twin = small(), small()
    twin.set_weights(model.get_weights())
    history, loss, outputs, trained = asyncio.run(run())
    wanted = twin.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    assert history == wanted.history
    twin.fit(batches(), verbose=0)
    assert loss == twin.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(outputs.numpy(), twin.predict(X).numpy())
    assert trained == twin.train_on_batch(X, Y)


def test_the_summary_counts_the_state_of_the_optimizer():
    def counts(model, package):
        model.add(package.layers.Input((3,)))
        model.add(package.layers.Dense(4))
        model.compile("adam", "mse")
        model.fit(np.ones((2, 3)), np.ones((2, 4)), verbose=0)
        lines = []
        model.summary(print_fn=lambda text, **options: lines.extend(text.splitlines()))
        return [line.partition("(")[0].strip() for line in lines if "params:" in line]

    found = counts(tfpy.Sequential(), tfpy)
    assert found == counts(keras.Sequential(), keras)
    assert found[-1] == "Optimizer params: 34"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps_per_execution": 0}, "steps_per_execution=0 is less than 1"),
        ({"steps_per_execution": "all"}, "steps_per_execution"),
        ({"jit_compile": "always"}, "jit_compile is True, False or 'auto', not 'always'"),
    ],
)
def test_options_of_compile(options, message):
    model = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(1)])
    with pytest.raises(tfpy.TfpyError, match=message):
        model.compile("sgd", "mse", **options)
    with pytest.raises(tfpy.ArgumentError, match=r"call compile\(\) first"):
        model.fit([[1, 2, 3]], [[1]])
    model.compile("sgd", "mse", steps_per_execution=4, jit_compile=False)
