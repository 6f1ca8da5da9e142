"""Callbacks: who is told what and when, against Keras's; what each does."""

import asyncio
import csv
from contextlib import nullcontext

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import callbacks as C
from tfpy.callbacks.base import HOOKS

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(4)
X = RNG.normal(size=(20, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


def model_of(kind=tfpy, rate=0.01):
    model = kind.Sequential([kind.layers.Input((3,)), kind.layers.Dense(1)])
    model.set_weights([np.ones((3, 1), np.float32) * 0.2, np.zeros(1, np.float32)])
    model.compile(kind.optimizers.SGD(rate), "mse", metrics=["mae"])
    return model


def recorder(base, calls):
    """A callback that notes every call: the hook, the number, and the names of the logs."""

    def hook(name):
        def method(self, *args, logs=None):
            *number, logs = args if args and isinstance(args[-1], dict) else (*args, logs)
            calls.append((name, *number, *sorted(logs or {})))

        return method

    hooks = {name: hook(name) for name in HOOKS if "_batch_" not in name[3:9]}
    return type("Recorder", (base,), hooks)()


def told(kind):
    calls = []
    callback = recorder(kind.callbacks.Callback, calls)
    model = model_of(kind)
    options = {"batch_size": 8, "verbose": 0, "callbacks": [callback]}
    model.fit(X, Y, epochs=2, validation_data=(X, Y), **options)
    model.evaluate(X, Y, **options)
    model.predict(X, **options)
    return calls, callback.params


def test_there_are_sixteen_hooks_as_in_keras():
    assert len(HOOKS) == 16
    assert all(callable(getattr(keras.callbacks.Callback, name)) for name in HOOKS)
    assert set(HOOKS) == {n for n in dir(C.Callback) if n.startswith("on_")}


def test_the_order_of_calls_is_that_of_keras():
    ours, theirs = told(tfpy), told(keras)
    # Keras gives the outputs of a prediction and no metrics.
    assert ours == theirs


def test_hooks_as_functions_and_as_a_dict():
    calls = []
    hooks = {"on_epoch_end": lambda epoch, logs: calls.append(epoch)}
    for given in (hooks, [C.LambdaCallback(**hooks)], C.LambdaCallback(**hooks)):
        model_of().fit(X, Y, epochs=2, verbose=0, callbacks=given)
    assert calls == [0, 1] * 3
    with pytest.raises(tfpy.ArgumentError, match="on_epoch"):
        C.LambdaCallback(on_epoch=print)


def test_batch_logs_are_those_of_keras():
    found = []
    for kind in (tfpy, keras):
        logs = []

        class Batches(kind.callbacks.Callback):
            def on_batch_end(self, batch, logs=None, kept=logs):
                kept.append((batch, logs["loss"], logs["mae"]))

        model_of(kind).fit(X, Y, batch_size=6, shuffle=False, verbose=0, callbacks=[Batches()])
        found.append(logs)
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_training_stops_where_a_callback_says_so():
    class Stop(C.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = self.model.stop_training or batch == 1

    model = model_of()
    history = model.fit(X, Y, batch_size=5, epochs=5, verbose=0, callbacks=[Stop()])
    assert history.epoch == [0]
    assert int(model.optimizer.iterations) == 2


def test_a_schedule_may_give_a_number_of_numpy():
    model = model_of()
    model.fit(X, Y, verbose=0, callbacks=[C.LearningRateScheduler(lambda epoch: np.float32(0.25))])
    assert float(model.optimizer.learning_rate) == 0.25
    with pytest.raises(tfpy.ArgumentError, match="no number"):
        model.fit(X, Y, verbose=0, callbacks=[C.LearningRateScheduler(lambda epoch: "0.25")])


def test_coroutine_hooks_are_awaited():
    calls = []

    class Later(C.Callback):
        async def on_epoch_end(self, epoch, logs=None):
            await asyncio.sleep(0)
            calls.append(logs["loss"])

    model = model_of()
    history = asyncio.run(model.fit_async(X, Y, epochs=2, verbose=0, callbacks=[Later()]))
    assert calls == history.history["loss"]
    with pytest.raises(tfpy.AsyncOnlyError, match="fit_async"):
        model.fit(X, Y, verbose=0, callbacks=[Later()])


SAME = [
    ("EarlyStopping", {"monitor": "loss", "patience": 1, "min_delta": 0.5}),
    ("EarlyStopping", {"monitor": "loss", "restore_best_weights": True, "min_delta": 0.5}),
    ("EarlyStopping", {"monitor": "val_mae", "mode": "max", "start_from_epoch": 2}),
    ("EarlyStopping", {"monitor": "loss", "baseline": 0.1, "patience": 2, "mode": "min"}),
    ("ReduceLROnPlateau", {"monitor": "loss", "patience": 1, "min_delta": 0.5, "cooldown": 1}),
    (
        "ReduceLROnPlateau",
        {"monitor": "loss", "factor": 0.5, "patience": 1, "min_delta": 9.0, "min_lr": 0.004},
    ),
    ("LearningRateScheduler", {"schedule": lambda epoch, rate: rate * 0.5}),
]


@pytest.mark.parametrize(("name", "options"), SAME)
def test_callbacks_do_what_those_of_keras_do(name, options):
    found = []
    for kind in (tfpy, keras):
        model = model_of(kind)
        made = getattr(kind.callbacks, name)(**options)
        fit_options = {"validation_data": (X, Y), "shuffle": False, "verbose": 0, "epochs": 8}
        shown = model.fit(X, Y, callbacks=[made], **fit_options)
        found.append((shown.epoch, shown.history, model.get_weights()))
    (epochs, history, weights), (their_epochs, their_history, their_weights) = found
    assert epochs == their_epochs
    assert set(history) == set(their_history)
    for key, values in their_history.items():
        np.testing.assert_allclose(history[key], values, rtol=1e-4, err_msg=key)
    for x, y in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4)


def test_early_stopping_goes_back_to_the_best_weights():
    model = model_of(rate=0.8)  # diverges after a while
    stop = C.EarlyStopping("loss", patience=2, restore_best_weights=True)
    weights = []
    keep = C.LambdaCallback(on_epoch_end=lambda e, logs: weights.append(model.get_weights()))
    history = model.fit(X, Y, epochs=20, verbose=0, callbacks=[keep, stop])
    best = int(np.argmin(history.history["loss"]))
    assert len(history.epoch) == best + 3
    for x, y in zip(model.get_weights(), weights[best], strict=True):
        np.testing.assert_array_equal(x, y)


def test_what_is_not_there_to_be_watched_is_said():
    with pytest.warns(UserWarning, match="no 'val_loss' to watch, only loss, mae"):
        model_of().fit(X, Y, verbose=0, callbacks=[C.EarlyStopping()])


def test_checkpoints_are_models(tmp_path):
    model = model_of()
    every = C.ModelCheckpoint(tmp_path / "all-{epoch:02d}")
    best = C.ModelCheckpoint(tmp_path / "best", monitor="loss", save_best_only=True)
    often = C.ModelCheckpoint(tmp_path / "batch-{batch}", save_freq=2)
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0, callbacks=[every, best, often])
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {"all-01", "all-02", "best", "batch-2", "batch-4"}
    loaded = tfpy.load_layers_model_sync(tmp_path / "all-02")
    np.testing.assert_array_equal(loaded.predict(X).numpy(), model.predict(X).numpy())
    with pytest.raises(tfpy.ArgumentError, match="val_loss"):
        model.fit(X, Y, verbose=0, callbacks=[C.ModelCheckpoint(tmp_path / "{val_loss:.2f}")])


def test_checkpoints_of_weights(tmp_path):
    model, path = model_of(), tmp_path / "{epoch}.weights.h5"
    keep = C.ModelCheckpoint(path, "loss", 0, True, True, "min")
    model.fit(X, Y, verbose=0, callbacks=[keep])
    other = model_of()
    other.load_weights(tmp_path / "1.weights.h5")
    np.testing.assert_array_equal(other.predict(X).numpy(), model.predict(X).numpy())
    for name, only in ((path, False), (tmp_path / "model.keras", True)):
        with pytest.raises(tfpy.ArgumentError, match="save_weights_only"):
            C.ModelCheckpoint(name, save_weights_only=only)


def test_a_file_of_values(tmp_path):
    path = tmp_path / "log.csv"
    model = model_of()
    first = model.fit(X, Y, epochs=2, verbose=0, callbacks=[C.CSVLogger(path)])
    model.fit(X, Y, verbose=0, callbacks=[C.CSVLogger(path, append=True)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["0", "1", "0"]
    assert [float(row["loss"]) for row in rows[:2]] == first.history["loss"]


def test_files_are_closed_where_training_fails(tmp_path):
    class Lines(C.Callback):
        ended = False

        def on_train_begin(self, logs=None):
            self.file = open(tmp_path / "lines", "w")  # noqa: SIM115

        def on_train_end(self, logs=None):
            self.ended = True

        def close(self):
            self.file.close()

    lines, logger = Lines(), C.CSVLogger(tmp_path / "log.csv")
    for width, ends in ((4, False), (3, True)):
        with nullcontext() if ends else pytest.raises(tfpy.ShapeError):
            model_of().fit(np.ones((20, width)), Y, verbose=0, callbacks=[lines, logger])
        assert (lines.file.closed, lines.ended, logger._file) == (True, ends, None)


def test_a_file_of_values_is_that_of_keras(tmp_path):
    found = []
    for kind in (tfpy, keras):
        path = tmp_path / kind.__name__
        options = {"validation_data": (X, Y), "validation_freq": 2, "epochs": 3, "verbose": 0}
        model_of(kind).fit(X, Y, **options, callbacks=[kind.callbacks.CSVLogger(path)])
        rows = [line.split(",") for line in path.read_text().splitlines()]
        found.append((rows[0], [[value == "NA" for value in row] for row in rows]))
    assert found[0] == found[1]
    with pytest.raises(tfpy.StorageError, match="No such file"):
        model_of().fit(X, Y, verbose=0, callbacks=[C.CSVLogger(tmp_path / "none" / "log.csv")])


def test_progress_is_printed_once_an_epoch_or_in_a_bar(capsys):
    model_of().fit(X, Y, batch_size=8, epochs=2, verbose=2, validation_data=(X, Y))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[1].startswith("3/3 0s")
    assert [name in lines[1] for name in ("loss: ", "mae: ", "val_loss: ")] == [True] * 3
    assert len(lines) == 4
    model_of().evaluate(X, Y, batch_size=8, verbose=1)
    assert "3/3 ━━━━━━━━━━━━━━━━━━━━" in capsys.readouterr().out
    model_of().predict(X, verbose=1)
    assert "1/1" in capsys.readouterr().out


def averaged(kind, *callbacks):
    """What a model is judged by in training with moving averages and after it, and its weights."""
    model = model_of(kind)
    model.compile(kind.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.6), "mse")
    options = {"batch_size": 5, "shuffle": False, "verbose": 0, "callbacks": [*callbacks]}
    history = model.fit(X, Y, epochs=3, validation_data=(X[:7], Y[:7]), **options).history
    return history, model.get_weights(), model


def test_averages_are_judged_as_in_keras():
    ours, theirs = (averaged(kind, kind.callbacks.SwapEMAWeights()) for kind in (tfpy, keras))
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(ours[0][name], theirs[0][name], rtol=1e-4)
    for a, b in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    with pytest.raises(tfpy.ArgumentError, match="use_ema"):
        model_of().evaluate(X, Y, verbose=0, callbacks=[C.SwapEMAWeights()])


def test_averages_at_the_end_of_each_epoch():
    # With JAX Keras fails here: the arrays that it swaps are gone.
    seen = []
    note = C.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(note.model.get_weights()))
    history, weights, model = averaged(tfpy, C.SwapEMAWeights(swap_on_epoch=True), note)
    plain, wanted, _ = averaged(tfpy, C.SwapEMAWeights())
    assert history == plain
    for found in (weights, seen[-1]):
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(a, b)
    again = model.evaluate(X, Y, verbose=0, callbacks=[C.SwapEMAWeights()])
    assert again == model.evaluate(X, Y, verbose=0)


def test_training_goes_on_from_a_checkpoint(tmp_path):
    model = model_of()
    model.compile(tfpy.optimizers.Adam(0.1), "mse")
    model.fit(X, Y, verbose=0, callbacks=[C.ModelCheckpoint(tmp_path / "m")])
    again = tfpy.load_model(tmp_path / "m")
    options = {"epochs": 2, "shuffle": False, "verbose": 0}
    assert again.fit(X, Y, **options).history == model.fit(X, Y, **options).history
    callbacks = [C.ModelCheckpoint("indexeddb://m")]
    with pytest.raises(tfpy.StorageError, match="there is no indexedDB here"):
        asyncio.run(model.fit_async(X, Y, verbose=0, callbacks=callbacks))
    with pytest.raises((tfpy.AsyncOnlyError, tfpy.StorageError)):
        model.fit(X, Y, verbose=0, callbacks=callbacks)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])
