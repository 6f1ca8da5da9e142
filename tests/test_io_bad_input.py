"""What goes wrong when models are loaded is said in one typed error, and leaves nothing behind."""

import asyncio
import contextlib
import gc
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import tfpy
from tfpy import load_graph_model_sync, load_layers_model_sync

DENSE = {"units": 1, "name": "d", "use_bias": False, "batch_input_shape": [None, 2]}


def layers_model(layers=None, weights=None, **changes):
    """A small valid model, with changes."""
    layers = layers or [{"class_name": "Dense", "config": DENSE}]
    model = {
        "format": "layers-model",
        "modelTopology": {"class_name": "Sequential", "config": {"name": "s", "layers": layers}},
        "weightsManifest": [
            {
                "paths": ["w.bin"],
                "weights": weights or [{"name": "d/kernel", "shape": [2, 1], "dtype": "float32"}],
            }
        ],
    }
    return {**model, **changes}


KERNEL = struct.pack("<2f", 2.0, 3.0)


def files(model, data=KERNEL):
    return {"model.json": json.dumps(model).encode(), "w.bin": data}


def test_the_valid_model_loads():
    model = load_layers_model_sync(files(layers_model()))
    assert model.predict([[1.0, 10.0]]).tolist() == [[32.0]]


def test_missing_file(tmp_path):
    with pytest.raises(tfpy.FetchError, match=r"nothing\.json: No such file"):
        load_layers_model_sync(tmp_path / "nothing.json")


def test_missing_weight_file(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps(layers_model()))
    with pytest.raises(tfpy.FetchError, match=r"names a file that cannot be read.*w\.bin"):
        load_layers_model_sync(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE html><title>404</title>", "an HTML page, not JSON"),
        (b"", "empty"),
        (json.dumps(layers_model()).encode()[:-30], "truncated JSON"),
        (b'{"modelTopology": nonsense, "weightsManifest": []}', "damaged JSON"),
        (b"\x08\x96\xff\xfe\x00", "binary data"),
        (b"[" * 200_000, "nested too deeply"),
        (b"{}", "no modelTopology"),
        (b'{"modelTopology": null, "weightsManifest": []}', "weights without a model"),
        (b'[{"paths": ["a"], "weights": []}]', "before TensorFlow.js 1.0"),
        (b'{"modelTopology": {"a": 1}}', "names no class_name"),
    ],
)
def test_not_a_model(data, message):
    with pytest.raises(tfpy.ModelFormatError, match=message):
        load_layers_model_sync({"model.json": data})


def test_pre_1_0_graph(tmp_path):
    (tmp_path / "tensorflowjs_model.pb").write_bytes(b"\x0a\x05")
    with pytest.raises(tfpy.ModelFormatError, match=r"before TensorFlow\.js 1\.0"):
        load_graph_model_sync(tmp_path / "tensorflowjs_model.pb")


@pytest.mark.parametrize("size", [0, 7, 9, 12])
def test_weights_of_wrong_length(size):
    with pytest.raises(tfpy.ModelFormatError, match=f"hold {size} bytes.*describes 8"):
        load_layers_model_sync(files(layers_model(), bytes(size)))


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"dtype": "float8"}, tfpy.UnsupportedError, "d/kernel has dtype float8"),
        ({"shape": [1, 2]}, tfpy.ModelFormatError, r"\(1, 2\) in the file, \(2, 1\) in the model"),
        ({"name": "x/kernel"}, tfpy.ModelFormatError, "missing d/kernel; without a place x/kernel"),
        ({"shape": [-2, 1]}, tfpy.ModelFormatError, "damaged"),
    ],
)
def test_weights_that_do_not_fit(weights, error, message):
    entry = {"name": "d/kernel", "shape": [2, 1], "dtype": "float32", **weights}
    with pytest.raises(error, match=message):
        load_layers_model_sync(files(layers_model(weights=[entry])))


def test_not_strict():
    entry = {"name": "x/kernel", "shape": [2, 1], "dtype": "float32"}
    model = load_layers_model_sync(files(layers_model(weights=[entry])), strict=False)
    assert model.count_params() == 2


def test_all_unknown_layers_in_one_error():
    layers = [
        {"class_name": "Dense", "config": DENSE},
        {"class_name": "Sparkle", "config": {}},
        {"class_name": "Model", "config": {"layers": [{"class_name": "Glow", "config": {}}]}},
        {"class_name": "SeparableConv2D", "config": {"filters": 2, "kernel_size": 1, "groups": 2}},
    ]
    with pytest.raises(tfpy.UnsupportedError, match="Sparkle, Glow, SeparableConv2D with groups=2"):
        load_layers_model_sync(files(layers_model(layers)))


@pytest.mark.parametrize(
    "config",
    [
        {**DENSE, "units": "many"},
        {**DENSE, "activation": "wiggle"},
        {**DENSE, "kernel_initializer": {"class_name": "Nope", "config": {}}},
        {k: v for k, v in DENSE.items() if k != "units"},
        {k: v for k, v in DENSE.items() if k != "batch_input_shape"},
        None,
    ],
)
def test_damaged_layers(config):
    with pytest.raises(tfpy.ModelFormatError):
        load_layers_model_sync(files(layers_model([{"class_name": "Dense", "config": config}])))


def test_errors_leave_no_tensors():
    stray = {"name": "x", "shape": [2, 1], "dtype": "float32"}

    def failing():
        with contextlib.suppress(tfpy.TfpyError):
            load_layers_model_sync(files(layers_model(), bytes(12)))
        with contextlib.suppress(tfpy.TfpyError):
            load_layers_model_sync(files(layers_model(weights=[stray])))

    gc.collect()  # layers and their calls refer to each other
    before = tfpy.memory()["num_tensors"]
    failing()
    gc.collect()
    assert tfpy.memory()["num_tensors"] == before


# ------------------------------------------------------------------------------------------ web


@pytest.fixture
def served():
    """A function that serves `{path: (status, body)}` and returns the address."""
    servers = []

    def serve(pages):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = pages.get(self.path, (404, b"no such page"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def load(url, **options):
    return asyncio.run(tfpy.load_layers_model(url, **options))


def test_web(served):
    content = files(layers_model())
    told = []
    address = served(
        {
            "/a/model.json?v=1": (200, content["model.json"]),
            "/a/w.bin?v=1": (200, content["w.bin"]),
        }
    )
    model = load(address + "/a/model.json?v=1", on_progress=lambda *n: told.append(n))
    assert model.predict([[1.0, 10.0]]).tolist() == [[32.0]]
    assert told == [(0, 8), (8, 8)]


def test_weights_elsewhere(served):
    content = files(layers_model())
    address = served(
        {"/a/model.json": (200, content["model.json"]), "/b/w.bin": (200, content["w.bin"])}
    )
    model = load(address + "/a/", weight_path_prefix=address + "/b/")
    assert model.count_params() == 2


def test_web_errors_name_the_address(served):
    address = served({"/model.json": (200, files(layers_model())["model.json"])})
    with pytest.raises(tfpy.FetchError, match=r"/nothing\.json: HTTP 404"):
        load(address + "/nothing.json")
    with pytest.raises(tfpy.FetchError, match=r"/w\.bin: HTTP 404"):
        load(address + "/model.json")
    with pytest.raises(tfpy.FetchError, match=r"http://127.0.0.1:1/model\.json: cannot be fetched"):
        load("http://127.0.0.1:1/model.json")


def test_no_blocking_web():
    with pytest.raises(tfpy.FetchError, match="async form"):
        load_layers_model_sync("https://example.org/model.json")
