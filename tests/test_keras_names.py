"""Names and arguments that whoever comes from Keras types: they are there, and mean the same."""

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L


def small():
    return tfpy.Sequential([L.Input((3,)), L.Dense(2, name="d")])


@pytest.mark.parametrize("module", ["regularizers", "constraints", "initializers", "models"])
def test_small_names_of_keras(module):
    ours, theirs = getattr(tfpy, module), getattr(keras, module)
    wanted = {n for n in dir(theirs) if n.islower() and n[0] != "_"} - {"deserialize", "stft"}
    assert not {n for n in wanted if not hasattr(ours, n)}
    if module == "models":
        assert (ours.Model, ours.Sequential) == (tfpy.Model, tfpy.Sequential)
        assert ours.load_model is tfpy.load_model
        return
    for name in wanted - {"get", "serialize"}:
        made, twin = getattr(ours, name)(), getattr(theirs, name)()
        assert type(ours.get(name)) is type(made)
        given = twin.get_config()
        for key in given.keys() & made.get_config().keys():  # Keras keeps some in float32
            value = made.get_config()[key]
            assert (pytest.approx(value) if isinstance(value, float) else value) == given[key]


def test_regularizers_by_their_functions():
    layer = L.Dense(2, kernel_regularizer=tfpy.regularizers.l1_l2(l1=0.25, l2=0.5))
    layer(tfpy.ones((1, 3)))
    kernel = layer.get_weights()[0]
    assert float(layer.losses[0]) == pytest.approx(
        0.25 * abs(kernel).sum() + 0.5 * (kernel**2).sum(), 1e-5
    )


@pytest.mark.parametrize(
    ("labels", "classes"), [([0, 2, 1], None), ([[1], [0]], 4), (np.array([[0, 1], [1, 1]]), 2)]
)
def test_to_categorical(labels, classes):
    wanted = keras.utils.to_categorical(labels, classes)
    found = tfpy.utils.to_categorical(labels, classes)
    assert found.dtype is tfpy.float32
    np.testing.assert_array_equal(found.numpy(), wanted)


def test_to_categorical_refuses_what_is_no_class():
    for labels, classes in (([0, 3], 3), ([-1, 0], None), ([], None)):
        with pytest.raises(tfpy.TfpyError, match="to_categorical"):
            tfpy.utils.to_categorical(labels, classes)


def test_set_random_seed_is_set_seed():
    assert tfpy.utils.set_random_seed is tfpy.set_seed


@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalize(order):
    x = np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 2.0]], "float32")
    wanted = keras.utils.normalize(x, -1, order)
    np.testing.assert_allclose(tfpy.utils.normalize(x, -1, order).numpy(), wanted, 1e-6)
    found = tfpy.utils.normalize(x.T, axis=0, order=order)  # where that of Keras breaks down
    np.testing.assert_allclose(found.numpy(), wanted.T, 1e-6)


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "folder", "w.weights.h5", "w.safetensors"])
def test_what_is_there_is_kept_on_request(name, tmp_path):
    model, path = small(), tmp_path / name
    save = model.save_weights if name[0] == "w" else model.save
    save(filepath=path, overwrite=False)
    with pytest.raises(tfpy.StorageError, match=f"{name}.*is there"):
        save(path, overwrite=False)
    save(path)
    if name[0] == "w":
        model.load_weights(filepath=path)
    else:
        found = tfpy.models.load_model(filepath=path, custom_objects={}, safe_mode=True)
        assert found.output_shape == (None, 2)


def test_where_nobody_can_tell_what_is_there():
    model, files = small(), {}
    model.save(files, overwrite=False)
    with pytest.raises(tfpy.StorageError, match="is there"):
        tfpy.models.save_model(model, files, overwrite=False)
    with pytest.raises(tfpy.ArgumentError, match="overwrite=False"):
        model.save("https://example.org/model", overwrite=False)


@pytest.mark.parametrize("suffix", [".weights.h5", ".safetensors"])
def test_weights_that_do_not_fit_are_left_out_on_request(suffix, tmp_path):
    def model(units):
        return tfpy.Sequential([L.Input((3,)), L.Dense(4), L.Dense(units)])

    source, target, path = model(2), model(3), tmp_path / f"w{suffix}"
    source.save_weights(path)
    before = target.get_weights()
    with pytest.warns(UserWarning, match=r"layers/dense_1/vars/0 has shape \(4, 2\)"):
        target.load_weights(path, skip_mismatch=True)
    for found, wanted in zip(
        target.get_weights(), source.get_weights()[:2] + before[2:], strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


def test_what_is_excluded_from_decay_by_name():
    x, y, z = (tfpy.Variable([1.0], name=name) for name in ("d/kernel", "d/bias", "n/gamma"))
    optimizer = tfpy.optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[z], var_names=["bias"])
    optimizer.apply([tfpy.tensor([0.0])] * 3, [x, y, z])
    assert (x.tolist(), y.tolist(), z.tolist()) == ([0.75], [1.0], [1.0])
