"""Recurrent layers as one uses them: cells of one's own, wrappers, states, masks, models, files."""

import json
import warnings

import numpy as np
import pytest

import tfpy
from tests import keras_oracle
from tests.keras_on_jax import keras
from tests.test_layers_models import content
from tfpy import layers as L
from tfpy.masks import mask_of
from tfpy.testing import assert_no_leak, check_grads

rng = np.random.default_rng(11)
X = rng.normal(size=(3, 4, 5)).astype(np.float32)
MASK = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1]], bool)
IDS = np.array([[3, 1, 0, 2], [4, 0, 0, 0], [1, 2, 3, 4]], np.int32)


@pytest.fixture(params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)


def flat(y):
    return [p for item in y for p in flat(item)] if isinstance(y, (list, tuple)) else [y]


def close(got, want, atol=1e-5):
    got, want = flat(got), flat(want)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=atol)


def both(make, x):
    """The layer that `make` makes of tfpy's and of Keras's classes, with the same weights."""
    own, theirs = make(L), make(keras.layers)
    own.build_for(x.shape)
    theirs.build(x.shape)
    assert [v.shape for v in own.weights] == [tuple(w.shape) for w in theirs.weights]
    values = [rng.uniform(-1, 1, w.shape).astype(np.float32) for w in theirs.weights]
    own.set_weights(values)
    theirs.set_weights(values)
    return own, theirs


ALL = {"return_sequences": True, "return_state": True}
FRAMES = rng.normal(size=(2, 3, 6, 6, 2)).astype(np.float32)
WRAPPERS = {
    "rnn": (lambda K: K.RNN(K.LSTMCell(3)), X),
    "stack": (lambda K: K.RNN([K.LSTMCell(3), K.GRUCell(2)], **ALL), X),
    "stacked": (lambda K: K.RNN(K.StackedRNNCells([K.GRUCell(2), K.GRUCell(3)])), X),
    **{
        f"bidirectional-{mode}": (lambda K, m=mode: K.Bidirectional(K.LSTM(3, **ALL), m), X)
        for mode in ("concat", "sum", "mul", "ave", None)
    },
    "bidirectional-last": (lambda K: K.Bidirectional(K.GRU(3)), X),
    "bidirectional-other": (
        lambda K: K.Bidirectional(K.GRU(3), backward_layer=K.LSTM(3, go_backwards=True)),
        X,
    ),
    "dense": (lambda K: K.TimeDistributed(K.Dense(2, activation="tanh")), X),
    "conv": (lambda K: K.TimeDistributed(K.Conv2D(2, 3, strides=2)), FRAMES),
    "nested": (lambda K: K.TimeDistributed(K.Bidirectional(K.SimpleRNN(2))), FRAMES[..., 0]),
}
wrappers = pytest.mark.parametrize(("make", "x"), WRAPPERS.values(), ids=WRAPPERS)


@wrappers
def test_wrappers_compute_as_in_keras(make, x, backend):
    own, theirs = both(make, x)
    want = theirs(x)
    close(own(tfpy.tensor(x)), want)
    close(tfpy.function(own)(tfpy.tensor(x)), want)
    drawn = flat(make(L)(L.Input(x.shape[1:])))
    assert [y.shape for y in drawn] == [(None, *np.shape(y)[1:]) for y in flat(want)]


# Keras's TimeDistributed gives "nested" masks without a time axis, which Keras's RNN refuses.
@pytest.mark.parametrize("name", sorted(WRAPPERS.keys() - {"nested"}))
def test_wrappers_heed_masks_as_keras_does(name, use_backend):
    make, x = WRAPPERS[name]
    own, theirs = both(make, x)
    mask = MASK[: x.shape[0], : x.shape[1]]
    close(own(tfpy.tensor(x), mask=tfpy.tensor(mask)), theirs(x, mask=mask))


@wrappers
def test_wrappers_are_configured_as_in_keras(make, x, use_backend):
    own, theirs = both(make, x)
    want = own(tfpy.tensor(x))
    config = json.loads(json.dumps(own.get_config()))
    twin = type(own).from_config(config)
    assert twin.get_config() == config
    twin(tfpy.tensor(x))
    twin.set_weights(own.get_weights())
    close(twin(tfpy.tensor(x)), want)
    again = type(theirs).from_config(json.loads(json.dumps(config)))
    again.build(x.shape)
    again.set_weights(own.get_weights())
    close(want, again(x))
    entry = {"class_name": type(theirs).__name__, "config": theirs.get_config()}
    topology = {"keras_version": "3", "model_config": json.loads(json.dumps(entry))}
    read = type(own).from_config(keras_oracle.dialect.read_topology(topology)["config"])
    read(tfpy.tensor(x))
    read.set_weights(own.get_weights())
    close(read(tfpy.tensor(x)), want)


def test_masks_of_what_is_in_a_time_distributed_layer(backend):
    inner = L.LSTM(3)
    layer = L.TimeDistributed(inner)
    x, mask = rng.normal(size=(2, 3, 4, 5)).astype(np.float32), rng.random((2, 3, 4)) < 0.5
    got = layer(tfpy.tensor(x), mask=tfpy.tensor(mask))
    for i in range(3):
        close(got[:, i], inner(tfpy.tensor(x[:, i]), mask=tfpy.tensor(mask[:, i])))
    np.testing.assert_array_equal(mask_of(got).numpy(), mask)


@pytest.mark.parametrize("name", ["stack", "bidirectional-concat", "nested"])
def test_gradients_of_wrappers(name, use_backend):
    make, x = WRAPPERS[name]
    layer = make(L)
    layer(tfpy.tensor(x))

    def total(x):
        return sum(tfpy.sum(tfpy.square(y)) for y in flat(layer(x, mask=tfpy.tensor(mask))))

    mask = MASK[: x.shape[0], : x.shape[1]]
    for v in layer.weights:
        v._data, v.spec = v.cast("float64")._data, v.cast("float64").spec
    check_grads(total, [x], tolerance=1e-5)


# ---------------------------------------------------------------------------------------- cells


class Leaky(L.Layer):
    """A cell with a number for a state size and nothing else that is not asked for."""

    config_keys = ("state_size",)

    def __init__(self, state_size, **options):
        super().__init__(**options)
        self.state_size = state_size

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], self.state_size), name="w")

    def call(self, inputs, states):
        h = states[0] * 0.5 + tfpy.matmul(inputs, self.w)
        return tfpy.tanh(h), [h]


def test_own_cells(backend):
    layer = L.RNN(Leaky(3), return_sequences=True, return_state=True)
    y, h = layer(tfpy.tensor(X))
    w, state, want = layer.cell.w.numpy(), np.zeros((3, 3)), []
    for t in range(4):
        state = state * 0.5 + X[:, t] @ w
        want.append(np.tanh(state))
    close([y, h], [np.stack(want, 1), state])
    # The output is not the state: where a step is masked, the output before it is given again.
    y, _ = layer(tfpy.tensor(X), mask=tfpy.tensor(MASK))
    assert not y.numpy()[1].any()
    np.testing.assert_array_equal(y.numpy()[0, 1:], np.broadcast_to(y.numpy()[0, 1], (3, 3)))
    config = L.Bidirectional(L.RNN([Leaky(3), L.GRUCell(2)])).get_config()
    twin = L.Bidirectional.from_config(config, {"Leaky": Leaky})
    assert type(twin.backward_layer.cell.cells[0]) is Leaky
    assert twin.get_config() == config


def test_models_with_own_cells_come_back(tmp_path, use_backend):
    model = tfpy.Sequential([L.Input((4, 5)), L.RNN(Leaky(3), name="r"), L.Dense(1, name="d")])
    model.save(tmp_path)
    with pytest.raises(tfpy.UnsupportedError, match="Leaky"):
        tfpy.load_layers_model_sync(tmp_path)
    found = tfpy.load_layers_model_sync(tmp_path, custom_objects={"Leaky": Leaky})
    close(found.predict(X), model.predict(X).numpy(), 0)


# --------------------------------------------------------------------------------------- states


def test_stateful_layers_go_on(backend):
    whole = L.LSTM(3, return_state=True)
    want = whole(tfpy.tensor(X))
    layer = L.LSTM(3, stateful=True)
    x = L.Input(batch_shape=(3, 2, 5))
    model = tfpy.Model(x, layer(x))
    layer.set_weights(whole.get_weights())
    for _ in range(3):
        model.predict(X[:, :2])
        close(model.predict(X[:, 2:]), want[0])
        close(layer.states, want[1:])
        model.reset_states()
        assert not layer.states[1].numpy().any()
    layer.reset_states([tfpy.ones((3, 3)), tfpy.zeros((3, 3))])
    given = whole(tfpy.tensor(X[:, :2]), initial_state=[tfpy.ones((3, 3)), tfpy.zeros((3, 3))])
    close(model(tfpy.tensor(X[:, :2])), given[0])
    assert len(model.weights) == 3
    with pytest.raises(tfpy.ShapeError, match=r"lstm.*of a batch of 3, the input of 2"):
        layer(tfpy.tensor(X[:2]))


def test_stateful_training_steps_in_a_plan(backend):
    layer = L.Bidirectional(L.GRU(3, stateful=True))
    layer(tfpy.tensor(X))
    layer.reset_state()
    eager = [layer(tfpy.tensor(X)).numpy() for _ in range(3)]
    layer.reset_state()
    planned = tfpy.function(layer)
    close([planned(tfpy.tensor(X)) for _ in range(3)], eager)


def test_states_pass_between_layers_of_a_model(backend):
    a, b = L.Input((None, 5)), L.Input((2, 5))
    _, *states = L.LSTM(3, return_state=True, name="encoder")(a)
    y = L.LSTM(3, name="decoder")(b, initial_state=states)
    model = tfpy.Model([a, b], y)
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    x = tfpy.tensor(X)
    _, *given = encoder(x)
    close(model([x, x[:, :2]]), decoder(x[:, :2], initial_state=given))
    close(decoder([x[:, :2], *given]), decoder(x[:, :2], initial_state=given))
    config = json.loads(json.dumps(model.get_config()))
    twin = tfpy.Model.from_config(config)
    assert twin.get_config() == config
    theirs = keras.Model.from_config(json.loads(json.dumps(config)))
    theirs.set_weights(model.get_weights())
    close(model([x, x[:, :2]]), theirs([X, X[:, :2]]))
    two = L.Bidirectional(L.GRU(3))
    close(two(x, initial_state=[given[0], given[1]]), two([x, *given]))


def test_wrong_states_and_inputs_are_named(use_backend):
    layer = L.LSTM(3, name="l")
    x = tfpy.tensor(X)
    with pytest.raises(tfpy.ShapeError, match=r"l: initial_state of shapes \[\(3, 3\)\], not"):
        layer(x, initial_state=[tfpy.ones((3, 3))])
    with pytest.raises(tfpy.ShapeError, match=r"l: a mask of shape \(3, 3\)"):
        layer(x, mask=tfpy.ones((3, 3), "bool"))
    with pytest.raises(tfpy.ShapeError, match=r"l: .*at least one step"):
        layer(x[:, :0])
    with pytest.raises(tfpy.ShapeError, match=r"takes \(batch, time, features\)"):
        L.GRU(3)(x[0])
    with pytest.raises(tfpy.ShapeError, match="needs to know the batch size"):
        L.GRU(3, stateful=True)(L.Input((4, 5)))
    with pytest.raises(tfpy.ArgumentError, match="only a stateful layer"):
        layer.reset_state()
    for units in (0, -1, 2.5, True, None):
        with pytest.raises(tfpy.ArgumentError, match="LSTM"):
            L.LSTM(units)
    with pytest.raises(tfpy.ArgumentError, match="LSTM has no argument unit"):
        L.LSTM(3, unit=4)
    with pytest.raises(tfpy.ArgumentError, match="not a cell"):
        L.RNN(L.Dense(3))
    with pytest.raises(tfpy.ArgumentError, match="merge_mode 'sub'"):
        L.Bidirectional(L.GRU(3), "sub")
    with pytest.raises(tfpy.ArgumentError, match="same direction"):
        L.Bidirectional(L.GRU(3), backward_layer=L.GRU(3))
    other = L.GRU(3, return_state=True, go_backwards=True)
    with pytest.raises(tfpy.ArgumentError, match="return_state differs"):
        L.Bidirectional(L.GRU(3), backward_layer=other)
    with pytest.raises(tfpy.ArgumentError, match="not a recurrent layer"):
        L.Bidirectional(L.Dense(3))


# -------------------------------------------------------------------------------- masks, dropout


def text_model(K, model):
    ids = K.Input((4,), dtype="int32")
    y = K.Embedding(5, 4, mask_zero=True)(ids)
    y = K.Bidirectional(K.LSTM(3, return_sequences=True))(y)
    y = K.TimeDistributed(K.Dense(4))(y)
    y = K.GRU(3, return_sequences=True)(K.Concatenate()([y, K.Dropout(0.5)(y)]))
    return model(ids, [K.Dense(2)(y), K.SimpleRNN(2)(y)])


def test_masks_in_a_model_as_in_keras(backend):
    own, theirs = text_model(L, tfpy.Model), text_model(keras.layers, keras.Model)
    own.set_weights([rng.uniform(-1, 1, v.shape).astype(np.float32) for v in own.weights])
    theirs.set_weights(own.get_weights())
    for _ in range(2):
        got, want = own(tfpy.tensor(IDS)), theirs(IDS)
        close(got, want)
        np.testing.assert_array_equal(mask_of(got[0]).numpy(), IDS != 0)
        assert mask_of(got[1]) is None
    t = np.ones((3, 4, 2), np.float32)
    loss, reference = tfpy.losses.MeanSquaredError(), keras.losses.MeanSquaredError()
    close(loss(t, got[0]), reference(t, want[0]))


def test_models_of_keras_3_with_masks_are_read(use_backend):
    """Keras writes the operations that compute masks as layers of the model."""
    theirs = text_model(keras.layers, keras.Model)
    entry = {"class_name": "Functional", "config": theirs.get_config()}
    assert "NotEqual" in json.dumps(entry)
    topology = {"keras_version": "3.0", "model_config": json.loads(json.dumps(entry))}
    read = keras_oracle.dialect.read_topology(topology)
    assert keras_oracle.dialect.missing_layers(read, {}) == []
    model = tfpy.Model.from_config(read["config"])
    model.set_weights([np.asarray(w.value) for w in theirs.weights])
    close(model(tfpy.tensor(IDS)), theirs(IDS))


def test_batches_of_nothing(backend):
    x = tfpy.zeros((0, 4, 5))
    for layer in (L.LSTM(3), L.Bidirectional(L.GRU(3)), L.TimeDistributed(L.Dense(2))):
        assert layer(x, mask=tfpy.ones((0, 4), "bool")).shape[0] == 0
    video = tfpy.zeros((0, 3, 4, 4, 2))
    assert L.ConvLSTM2D(2, 3)(video).shape == (0, 2, 2, 2)


def test_nothing_warns_where_masks_pass(use_backend):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text_model(L, tfpy.Model)(tfpy.tensor(IDS))


def test_dropout_is_the_same_at_every_step(backend):
    ones = tfpy.ones((64, 6, 4))
    cell = {"kernel_initializer": "ones", "recurrent_initializer": "zeros", "activation": None}
    layer = L.SimpleRNN(1, dropout=0.5, return_sequences=True, **cell)
    assert (layer(ones).numpy() == 4).all()
    y = layer(ones, training=True).numpy()
    assert (y == y[:, :1]).all()
    assert set(np.unique(y)) <= {0.0, 2.0, 4.0, 6.0, 8.0}
    assert 3.2 < y.mean() < 4.8
    identity = {**cell, "recurrent_initializer": "identity", "recurrent_dropout": 0.5}
    grown = L.SimpleRNN(8, return_sequences=True, **identity)(ones, training=True).numpy()
    steps = np.diff(grown, axis=1)[:, 0]
    assert set(np.unique(steps)) == {0.0, 8.0}  # from 4 to 4, or to 2 * 4 + 4


def test_dropout_draws_anew_in_plans_and_by_seed(backend):
    layer = L.LSTM(3, dropout=0.3, recurrent_dropout=0.3)
    x = tfpy.tensor(X)
    step = tfpy.function(lambda x: layer(x, training=True))
    assert (step(x).numpy() != step(x).numpy()).any()
    a, b = (L.LSTM(3, dropout=0.3, recurrent_dropout=0.3, seed=4) for _ in range(2))
    for lstm in (a, b):
        lstm(x)
    b.set_weights(a.get_weights())
    first, second = a(x, training=True), a(x, training=True)
    assert (first.numpy() != second.numpy()).any(), "others at each call"
    close(b(x, training=True), first, 0)
    close(b(x, training=True), second, 0)


# ---------------------------------------------------------------------------------------- plans


def test_long_sequences_are_short_plans(use_backend):
    model = tfpy.Sequential([L.Input((100, 5)), L.LSTM(8)])
    x = rng.normal(size=(2, 100, 5)).astype(np.float32)
    eager = model.layers[0](tfpy.tensor(x))
    close(model.predict(x), eager)
    (plan,) = model.graph.plans.plans
    assert plan.describe()["nodes"] <= 100 * 17 + 10


def test_gradients_of_steps_are_joined_once(use_backend):
    """A slice's gradient is as large as what it was cut from: 100 of them would be 100 times it."""
    layer = L.SimpleRNN(3)
    x = tfpy.ones((1, 50, 2))
    layer(x)

    @tfpy.function
    def step(x):
        with tfpy.GradientTape() as tape:
            y = tfpy.sum(layer(x))
        return tape.gradient(y, layer.trainable_weights)

    step(x)
    assert step.dump().count("= place(") < 3


def test_training_leaves_nothing_behind(backend):
    layer = L.GRU(3, stateful=True)
    x = tfpy.tensor(X)
    layer(x)

    def step():
        with tfpy.GradientTape() as tape:
            y = tfpy.sum(layer(x, training=True))
        return [g.numpy() for g in tape.gradient(y, layer.trainable_weights)]

    step()
    with assert_no_leak():
        step()


# ---------------------------------------------------------------------------------------- files


def test_bidirectional_models_are_written_as_tfjs_writes_them(tmp_path, use_backend):
    row = [
        L.Input((4, 5)),
        L.Bidirectional(L.LSTM(3, return_sequences=True, name="lstm"), name="b"),
        L.TimeDistributed(L.Dense(2), name="t"),
        L.RNN([L.GRUCell(2, reset_after=False), L.SimpleRNNCell(2)], name="r"),
    ]
    model = tfpy.Sequential(row)
    assert [v.name for v in model.weights] == [
        *(f"b/{way}_lstm/{w}" for way in ("forward", "backward") for w in WEIGHTS),
        *("t/kernel", "t/bias"),
        *(f"r/RNNCell_{i}/{w}" for i in (0, 1) for w in WEIGHTS),
    ]
    model.save(tmp_path)
    saved = json.loads((tmp_path / "model.json").read_text())["modelTopology"]["config"]["layers"]
    assert "backward_layer" not in saved[0]["config"]
    assert saved[0]["config"]["layer"]["config"]["name"] == "lstm"
    found = tfpy.load_layers_model_sync(tmp_path)
    assert found.get_config() == model.get_config()
    close(found.predict(X), model.predict(X).numpy(), 0)
    other = L.GRU(3, activation="relu", go_backwards=True)
    model = tfpy.Sequential([L.Input((4, 5)), L.Bidirectional(L.GRU(3), backward_layer=other)])
    model.save(tmp_path)
    close(tfpy.load_layers_model_sync(tmp_path).predict(X), model.predict(X).numpy(), 0)


WEIGHTS = ("kernel", "recurrent_kernel", "bias")


def test_weights_by_their_place_as_keras_3_names_them(use_backend):
    model = tfpy.Sequential([L.Input((4, 5)), L.Bidirectional(L.GRU(3, name="g"), name="b")])
    ways = ("forward_layer", "backward_layer")
    names = [f"layers/b/{way}/cell/vars/{i}" for way in ways for i in range(3)]
    topology = {"class_name": "Sequential", "config": model.get_config()}
    found = tfpy.load_layers_model_sync(content(topology, model, names))
    close(found.predict(X), model.predict(X).numpy(), 0)


def test_tfjs_defaults_of_what_a_file_leaves_out(use_backend):
    cell = {"className": "GRUCell", "config": {"units": 3}}
    row = [
        {"className": "GRU", "config": {"units": 3, "batchInputShape": [None, 4, 5]}},
        {"className": "RepeatVector", "config": {"n": 2}},
        {"className": "Bidirectional", "config": {"layer": {**cell, "className": "GRU"}}},
        {"className": "RepeatVector", "config": {"n": 2}},
        {"className": "RNN", "config": {"cell": cell}},
    ]
    entry = keras_oracle.dialect.read_topology({"className": "Sequential", "config": row})
    model = tfpy.Sequential.from_config(entry["config"])
    gru, _, bidirectional, _, rnn = model.layers
    for cell in (gru.cell, bidirectional.forward_layer.cell, rnn.cell):
        assert not cell.reset_after
        assert cell.recurrent_activation is tfpy.activations.legacy_hard_sigmoid
        assert cell.kernel_initializer.get_config()["distribution"] == "truncated_normal"
    assert bidirectional.merge_mode == "concat"


def test_orthogonal_initializer(backend):
    for shape in ((6, 6), (3, 12), (20, 4), (3, 3, 2, 5)):
        w = tfpy.initializers.Orthogonal(2.0, seed=1)(shape).numpy()
        w = w.reshape(-1, shape[-1]) / 2
        w = w if w.shape[0] < w.shape[1] else w.T
        np.testing.assert_allclose(w @ w.T, np.eye(len(w)), atol=1e-5)
    same = [tfpy.initializers.Orthogonal(seed=1)((5, 5)).numpy() for _ in range(2)]
    np.testing.assert_array_equal(*same)
    with pytest.raises(tfpy.ArgumentError, match="Orthogonal"):
        tfpy.initializers.get("orthogonal")((3,))


def test_a_class_of_ones_own_takes_the_same_arguments():
    class Doubled(L.GRU):
        def __init__(self, units, **options):
            super().__init__(units, return_sequences=True, **options)

        def call(self, inputs, **options):
            return super().call(inputs, **options) * 2

    x, own = np.ones((2, 4, 5), np.float32), Doubled(3)
    y = own(x)
    usual = L.GRU.from_config(own.get_config())
    usual.build(x.shape)
    usual.set_weights(own.get_weights())
    np.testing.assert_allclose(y.numpy(), 2 * usual(x).numpy(), rtol=1e-6)
