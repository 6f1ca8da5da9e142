"""Regularizers and constraints: values against Keras's, configurations, files, losses of layers."""

import json

import numpy as np
import pytest

import tfpy
from tests import webgl
from tests.keras_on_jax import keras
from tfpy import layers as L

X = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)
REGULARIZERS = [
    ("L1", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MinMaxNorm", {"min_value": 0.9, "max_value": 1.1}),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 3.0, "rate": 0.5, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": 1}),
]
ALL = [("regularizers", *case) for case in REGULARIZERS]
ALL += [("constraints", *case) for case in CONSTRAINTS]


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


@pytest.mark.parametrize(("module", "name", "options"), ALL)
def test_values_and_configurations_are_those_of_keras(module, name, options):
    ours = getattr(getattr(tfpy, module), name)(**options)
    theirs = getattr(getattr(keras, module), name)(**options)
    wanted = np.asarray(theirs(keras.ops.convert_to_tensor(X)))
    np.testing.assert_allclose(webgl.host(ours(tfpy.tensor(X))), wanted, rtol=1e-5, atol=1e-7)
    with webgl.egl():
        np.testing.assert_allclose(webgl.host(ours(tfpy.tensor(X))), wanted, rtol=1e-5, atol=1e-6)
    assert_same_config(ours.get_config(), theirs.get_config())
    get = getattr(tfpy, module).get
    again = get({"class_name": name, "config": theirs.get_config()})
    assert type(again) is type(ours)
    assert_same_config(again.get_config(), ours.get_config())


def assert_same_config(ours, theirs):
    """Keras keeps some numbers in float32."""
    assert list(ours) == list(theirs)
    for key, value in theirs.items():
        assert ours[key] == pytest.approx(value), key


def test_names_in_both_spellings():
    assert isinstance(tfpy.regularizers.get("l1_l2"), tfpy.regularizers.L1L2)
    assert isinstance(tfpy.constraints.get("nonNeg"), tfpy.constraints.NonNeg)
    for module in (tfpy.regularizers, tfpy.constraints):
        assert module.get(None) is None
        assert module.get(len) is len
        with pytest.raises(tfpy.ArgumentError, match="l3"):
            module.get("l3")
    with pytest.raises(tfpy.ArgumentError, match="l2=-1"):
        tfpy.regularizers.L2(-1)


def test_the_losses_of_layers():
    inner = tfpy.Sequential([L.Input((3,)), L.Dense(2, activity_regularizer="l1")])
    model = tfpy.Sequential([L.Input((3,)), inner, L.Dense(1, kernel_regularizer="l2")])
    kernel = model.layers[1].get_weights()[0]
    weight = 0.01 * np.sum(kernel**2)
    np.testing.assert_allclose([float(x) for x in model.losses], [weight], rtol=1e-5)
    for _ in range(2):  # each call begins anew
        model(X)
        activity = 0.01 * np.abs(webgl.host(inner(X))).sum() / 4
        model(X)
        found = [float(x) for x in model.losses]
        np.testing.assert_allclose(found, [activity, weight], rtol=1e-5)
    inner.trainable = False
    model.layers[1].trainable = False
    model(X)
    assert len(model.losses) == 1
    model.predict(X)
    assert all(np.isfinite(float(x)) for x in model.losses)


def test_weights_know_what_is_theirs():
    layer = L.SeparableConv2D(
        2,
        3,
        depthwise_regularizer="l1",
        pointwise_constraint="unit_norm",
        bias_constraint="non_neg",
    )
    layer(tfpy.zeros((1, 5, 5, 3)))
    depthwise, pointwise, bias = layer.weights
    assert isinstance(depthwise.regularizer, tfpy.regularizers.L1)
    assert pointwise.regularizer is bias.regularizer is depthwise.constraint is None
    assert isinstance(pointwise.constraint, tfpy.constraints.UnitNorm)
    assert isinstance(bias.constraint, tfpy.constraints.NonNeg)


def test_files_hold_what_keras_and_tfjs_know(tmp_path):
    options = {"kernel_regularizer": "l2", "bias_constraint": tfpy.constraints.MaxNorm(3)}
    model = tfpy.Sequential([L.Input((3,)), L.Dense(2, **options)])
    assert model.layers[0].get_config()["kernel_regularizer"] == {
        "class_name": "L2",
        "config": {"l2": 0.01},
    }
    model.save(tmp_path)
    topology = json.loads((tmp_path / "model.json").read_text())["modelTopology"]
    written = topology["config"]["layers"][0]["config"]
    # TF.js's only regularizer.
    assert written["kernel_regularizer"] == {"class_name": "L1L2", "config": {"l1": 0, "l2": 0.01}}
    loaded = tfpy.load_layers_model_sync(tmp_path)
    kernel, bias = loaded.weights
    assert kernel.regularizer.get_config() == {"l1": 0, "l2": 0.01}
    assert bias.constraint.get_config() == {"max_value": 3, "axis": 0}


def test_a_file_that_asks_for_what_is_unknown_is_refused(tmp_path):
    model = tfpy.Sequential([L.Input((3,)), L.Dense(2, kernel_regularizer="l2")])
    model.save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text().replace('"L1L2"', '"Mine"'))
    with pytest.raises(tfpy.UnsupportedError, match="kernel_regularizer"):
        tfpy.load_layers_model_sync(tmp_path)
