"""Where models are saved besides folders, and what is saved with them."""

import asyncio
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

import tfpy
from tests import keeping
from tfpy import layers as L

X = np.arange(6, dtype="float32").reshape(2, 3)


def small(units=2):
    return tfpy.Sequential([L.Input((3,)), L.Dense(4, "relu"), L.Dense(units)])


def same(a, b):
    np.testing.assert_array_equal(a.predict(X).numpy(), b.predict(X).numpy())


def test_a_dict_gets_the_files():
    model, files = small(), {}
    model.save(files)
    assert sorted(files) == ["model.json", "model.weights.bin"]
    assert len(files["model.weights.bin"]) == 4 * model.count_params()
    same(tfpy.load_layers_model_sync(files), model)
    later = {}
    asyncio.run(model.save_async(later))
    assert later == files


def test_metadata_travels_along(tmp_path):
    model = small()
    model.save(tmp_path, metadata={"labels": ["cat", "dög"]})
    found = tfpy.load_layers_model_sync(tmp_path)
    assert found.user_defined_metadata == {"labels": ["cat", "dög"]}
    files = {}
    found.save(files)
    assert json.loads(files["model.json"])["userDefinedMetadata"] == {"labels": ["cat", "dög"]}
    assert small().user_defined_metadata is None


@pytest.mark.parametrize("name", ["model.weights.bin", "model.json", "[a].keras"])
def test_what_a_killed_save_left_is_removed_later(name, tmp_path):
    left, fresh = (tmp_path / f"{name}.{digit * 16}.part" for digit in "0f")
    others = [tmp_path / f"{name}.{end}" for end in ("part", "abc.part", f"{'0' * 16}.part.txt")]
    others.append(tmp_path / f"my.{name}.{'0' * 16}.part")
    for path in (left, fresh, *others):
        path.write_bytes(b"half")
        if path != fresh:  # which may be a save that still goes on
            os.utime(path, (time.time() - 4000,) * 2)
    small().save(tmp_path / name if name.endswith(".keras") else tmp_path)
    assert not left.exists()
    assert all(path.exists() for path in (fresh, *others))


class Keeper(keeping.Keeps, BaseHTTPRequestHandler):
    """Keeps files for those who have the password."""

    def do_POST(self):
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/models/model.json")
            self.end_headers()
        else:
            self._if_allowed(super().do_POST)

    def do_GET(self):
        self._if_allowed(super().do_GET)

    def _if_allowed(self, answer):
        if self.headers.get("Password") == "open":
            answer()
        else:
            self.send_error(403)

    def log_message(self, *args):
        pass


@pytest.fixture
def keeper():
    server = HTTPServer(("127.0.0.1", 0), Keeper)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/models/model.json"
    server.shutdown()
    thread.join()
    server.server_close()
    Keeper.kept.clear()


def test_a_server_gets_a_form(keeper):
    model = small()
    place = tfpy.io.http(keeper, headers={"Password": "open"})
    model.save(place)
    same(asyncio.run(tfpy.load_layers_model(place)), model)
    other = small()
    asyncio.run(other.save_async(place))
    same(asyncio.run(tfpy.load_layers_model(place)), other)


def test_a_server_that_refuses(keeper):
    with pytest.raises(tfpy.FetchError, match="HTTP 403"):
        small().save(keeper)
    with pytest.raises(tfpy.FetchError, match="HTTP 403"):
        asyncio.run(small().save_async(keeper))
    assert not Keeper.kept


def test_a_server_that_sends_a_model_elsewhere(keeper):
    """It would come there without its body."""
    with pytest.raises(tfpy.FetchError, match="HTTP 302"):
        small().save(keeper.replace("/models", "/moved"))
    assert not Keeper.kept


def test_copying_takes_any_model(models_dir, tmp_path):
    graph = models_dir / "tiny_graph"
    asyncio.run(tfpy.io.copy_model(graph, tmp_path / "copy"))
    a, b = tfpy.load_graph_model_sync(graph), tfpy.load_graph_model_sync(tmp_path / "copy")
    assert a.input_nodes == b.input_nodes
    assert all(np.array_equal(a.weights[k].numpy(), b.weights[k].numpy()) for k in a.weights)
    model, files = small(), {}
    model.save(tmp_path / "layers", metadata={"a": 1})
    asyncio.run(tfpy.io.copy_model(tmp_path / "layers", files))
    found = tfpy.load_layers_model_sync(files)
    same(found, model)
    assert found.user_defined_metadata == {"a": 1}


def test_what_only_pages_have():
    model = small()
    for place in ("localstorage://a", "downloads://a"):
        with pytest.raises(tfpy.StorageError, match="there is no"):
            model.save(place)
    with pytest.raises(tfpy.AsyncOnlyError, match="save_async"):
        model.save("indexeddb://a")
    with pytest.raises(tfpy.StorageError, match="there is no indexedDB here"):
        asyncio.run(model.save_async("indexeddb://a"))
    with pytest.raises(tfpy.StorageError, match="there is no localStorage here"):
        asyncio.run(tfpy.load_layers_model("localstorage://a"))
    with pytest.raises(tfpy.StorageError, match="needs a name"):
        model.save("localstorage://")
    assert asyncio.run(tfpy.io.list_models()) == {}


def test_refusals(tmp_path):
    with pytest.raises(tfpy.StorageError, match="only models that the page keeps"):
        asyncio.run(tfpy.io.remove_model(str(tmp_path)))
    with pytest.raises(tfpy.StorageError, match="to where it is"):
        asyncio.run(tfpy.io.move_model("indexeddb://a", "indexeddb://a"))
    with pytest.raises(tfpy.ArgumentError, match="the path is empty"):
        small().save("")
    with pytest.raises(tfpy.FetchError, match="no file was chosen"):
        tfpy.io.browser_files([])


class Chosen:
    """What a page's File is to the loader here: bytes with a name."""

    def __init__(self, path):
        self.name, self._path = path.name, path

    def __fspath__(self):
        return str(self._path)


def test_files_that_a_user_chose(tmp_path):
    model = small()
    model.save(tmp_path)
    files = [Chosen(tmp_path / name) for name in ("model.json", "model.weights.bin")]
    same(asyncio.run(tfpy.load_layers_model(tfpy.io.browser_files(files))), model)
    with pytest.raises(tfpy.FetchError, match=r"not among the files chosen: ./model.weights.bin"):
        asyncio.run(tfpy.load_layers_model(tfpy.io.browser_files(files[:1])))


# -------------------------------------------------------------------------------- quantization


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize(("kind", "size"), [("uint8", 1), ("uint16", 2), ("float16", 2)])
def test_quantized_weights(use_backend, backend, kind, size):
    use_backend(backend)
    model, files = small(), {}
    model.save(files, quantization=kind)
    assert len(files["model.weights.bin"]) == size * model.count_params()
    found = tfpy.load_layers_model_sync(files)
    for want, got in zip(model.weights, found.weights, strict=True):
        w, g = want.numpy(), got.numpy()
        # Half a step between codes, and the rounding of the float32 that results.
        step = (w.max() - w.min()) / {"uint8": 255, "uint16": 65535}.get(kind, np.inf)
        assert np.abs(w - g).max() <= step * 0.5001 + 2**-11 * np.abs(w).max() * (step == 0) + 1e-7
        assert (g[w == 0] == 0).all(), "zero stays zero"


def test_quantization_by_name():
    model, files = small(), {}
    first, last = (layer.name for layer in model.layers if layer.weights)
    model.save(files, quantization={"uint8": [f"{first}/kernel"], "float16": f"{last}/*"})
    entries = json.loads(files["model.json"])["weightsManifest"][0]["weights"]
    kinds = {e["name"]: e.get("quantization", {}).get("dtype") for e in entries}
    assert kinds == {
        f"{first}/kernel": "uint8",
        f"{first}/bias": None,
        f"{last}/kernel": "float16",
        f"{last}/bias": "float16",
    }


def test_what_cannot_be_quantized():
    model = small()
    with pytest.raises(tfpy.ArgumentError, match="not 'int4'"):
        model.save({}, quantization="int4")
    model.weights[0].assign(np.full((3, 4), 1e6, "float32"))
    with pytest.raises(tfpy.ArgumentError, match="beyond 65504"):
        model.save({}, quantization="float16")
    model.weights[0].assign(np.full((3, 4), np.nan, "float32"))
    with pytest.raises(tfpy.ArgumentError, match="NaN or infinity"):
        model.save({}, quantization="uint8")
    model.weights[0].assign(np.full((3, 4), 2.5, "float32"))
    files = {}
    model.save(files, quantization="uint8")
    assert (tfpy.load_layers_model_sync(files).weights[0].numpy() == 2.5).all()


@pytest.mark.parametrize("suffix", ["", ".keras", ".h5"])
def test_a_full_disk_leaves_the_old_model_and_the_new_one_usable(tmp_path, monkeypatch, suffix):
    old, new, where = small(), small(), tmp_path / f"m{suffix}"
    old.save(where)

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(tfpy.StorageError, match="No space left on device"):
            new.save(where)
    same(tfpy.load_model(where), old)
    new.save(where)
    same(tfpy.load_model(where), new)
    (tmp_path / "file").write_text("")
    with pytest.raises(tfpy.StorageError, match="file"):
        new.save(tmp_path / "file" / f"m{suffix}")


@pytest.mark.parametrize("cut", ["model.json", "model.weights.bin"])
def test_a_stored_model_cut_short_is_refused_and_the_one_here_goes_on(cut):
    model, files = small(), {}
    model.compile("adam", "mse")
    model.fit(X, np.ones((2, 2)), verbose=0)
    model.save(files, include_optimizer=True)
    damaged = {**files, cut: files[cut][:-5]}
    with pytest.raises(tfpy.ModelFormatError):
        tfpy.load_layers_model_sync(damaged)
    same(tfpy.load_layers_model_sync(files), model)
    assert np.isfinite(model.fit(X, np.ones((2, 2)), verbose=0).history["loss"][0])
