"""Models over bad networks: retries, resuming, stalls, truncation, caches, hashes."""

import asyncio
import hashlib
import json
import os
import threading
import time
import warnings

import pytest

import tfpy
from tests.breaking import Breaking
from tests.small_network import FILES, SHARDS, VALUES
from tests.small_network import model_json as content
from tfpy.io import model_json, transfer
from tfpy.io.cache import open_cache


def digest(data):
    return hashlib.sha256(data).hexdigest()


HASHES = {name: digest(data) for name, data in SHARDS.items()}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(transfer, "FIRST_WAIT", 0.01)
    with Breaking({f"/{name}": data for name, data in FILES.items()}) as running:
        yield running


def load(server, on_progress=None, **options):
    """The model's weight, through `tfpy.io.http`."""
    source = tfpy.io.http(f"{server.url}/model.json", **options)
    model = asyncio.run(tfpy.load_layers_model(source, on_progress=on_progress))
    return model.weights[0].numpy().reshape(-1).tolist()


def loads(server, **options):
    """Whether the model loads, and each byte is told of once."""
    told = []
    same = load(server, lambda *now: told.append(now), **options) == VALUES
    done = [n for n, _ in told]
    return same and done == sorted(set(done)) and done[0] == 0 and told[-1] == (96, 96)


@pytest.mark.parametrize("fault", [503, 429, 408, 500, ("drop",), ("cut", 0), ("reset", 3)])
def test_a_fault_is_got_over(server, fault):
    server.faults = {"/model.json": [fault], "/c.bin": [fault, fault, fault]}
    assert loads(server)
    assert server.count("/model.json") == 2
    assert server.count("/c.bin") == 4


@pytest.mark.parametrize("fault", [404, 403, 400])
def test_refusals_are_final(server, fault):
    server.faults = {"/c.bin": [fault]}
    with pytest.raises(tfpy.FetchError, match=rf"/c\.bin: HTTP {fault}"):
        load(server)
    assert server.count("/c.bin") == 1


def test_tries_are_counted(server):
    server.faults = {"/model.json": [503] * 9}
    with pytest.raises(tfpy.FetchError, match=r"/model\.json: HTTP 503"):
        load(server, retries=2)
    assert server.count("/model.json") == 3
    server.faults = {"/model.json": [("cut", 5)]}
    with pytest.raises(tfpy.FetchError, match=r"it ends \d+ bytes early"):
        load(server, retries=0)
    assert server.count("/model.json") == 4


def test_a_plain_address_is_tried_again_too(server):
    server.faults = {"/model.json": [503], "/a.bin": [("cut", 9)]}
    assert asyncio.run(tfpy.load_layers_model(f"{server.url}/")).weights[0].shape == (2, 12)


def test_what_has_come_is_not_asked_for_again(server):
    server.faults = {"/a.bin": [("cut", 8), ("reset", 8), ("cut", 20)]}
    assert loads(server, retries=1)
    asked = [part for path, part in server.asked if path == "/a.bin"]
    assert asked[0] is None
    assert asked[1] == "bytes=8-"
    # What a connection that is torn down has brought may be lost.
    assert asked[-1] in ("bytes=28-", "bytes=36-")


@pytest.mark.parametrize("ranges", [True, False])
def test_servers_that_give_no_parts(server, ranges):
    server.ranges = ranges
    server.faults = {"/a.bin": [("cut", 8), ("whole",)], "/c.bin": [("cut", 15)]}
    assert loads(server)


def test_a_refused_part_is_followed_by_the_whole(server):
    server.faults = {"/a.bin": [("cut", 8), 416], "/c.bin": [("cut", 8), ("drop",)]}
    assert loads(server, retries=2)
    for name in ("/a.bin", "/c.bin"):
        assert [part for path, part in server.asked if path == name] == [None, "bytes=8-", None]


def test_a_file_that_changes_is_read_anew(server):
    changed = bytes(40)
    server.faults = {"/a.bin": [("cut", 8), ("as", changed)]}
    assert load(server) == [0.0] * 10 + VALUES[10:]
    assert [part for path, part in server.asked if path == "/a.bin"] == [None, "bytes=8-", None]


def test_stalls_end(server):
    server.faults = {"/b.bin": [], "/a.bin": [("stall", 8, 5)], "/model.json": [("stall", 0, 5)]}
    start = time.monotonic()
    assert loads(server, timeout=0.2)
    assert time.monotonic() - start < 4
    assert ("/a.bin", "bytes=8-") in server.asked


def test_a_server_says_when(server):
    server.faults = {"/a.bin": [(429, {"Retry-After": "1"})]}
    start = time.monotonic()
    assert loads(server)
    assert time.monotonic() - start >= 1


def test_cancelling_ends_the_requests(server, monkeypatch):
    server.faults = {"/a.bin": [("stall", 8, 1)]}
    told, open_ones = [], set()
    pieces = transfer._pieces

    def watched(url, *how):
        open_ones.add(url)
        try:
            yield from pieces(url, *how)
        finally:
            open_ones.remove(url)

    monkeypatch.setattr(transfer, "_pieces", watched)

    async def cancelled():
        source = tfpy.io.http(f"{server.url}/model.json")
        task = asyncio.ensure_future(
            tfpy.load_layers_model(source, on_progress=lambda *now: told.append(now))
        )
        while not told or told[-1][0] < 8:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        await asyncio.sleep(1.2)
        return raised

    # Who keeps the exception keeps its frames, but no connection.
    raised = asyncio.run(cancelled())
    assert raised.value
    assert told[-1][0] < 96
    assert not open_ones


def test_requests_are_not_ended_while_another_thread_is_in_them(monkeypatch):
    """That may crash CPython, where they are generators."""
    seen = []

    class Pieces:
        def __next__(self):
            seen.append("in")
            time.sleep(0.1)
            seen.append("out")

        def close(self):
            seen.append("closed")

    monkeypatch.setattr(transfer, "_pieces", lambda *how: Pieces())

    async def cancelled():
        task = asyncio.ensure_future(anext(transfer._native("http://nowhere")))
        while not seen:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())  # waits for its threads
    assert seen == ["in", "out", "closed"]


def test_a_part_smaller_than_what_is_missing(server):
    """Servers may give less than is asked for."""
    server.faults = {"/c.bin": [("cut", 8), ("less", 4), ("less", 4)]}
    assert loads(server)
    assert [part for path, part in server.asked if path == "/c.bin"] == [
        *(None, "bytes=8-", "bytes=12-")
    ]


def test_another_file_without_a_version_is_no_continuation(server):
    server.versions = False
    server.files["/x.bin"] = bytes(40)
    server.faults = {"/x.bin": [("cut", 8), ("as", b"1" * 60)]}
    found = asyncio.run(transfer.fetch(f"{server.url}/x.bin"))
    assert bytes(found) == b"1" * 60


SECRETS = {"Authorization": "Bearer 1", "Cookie": "a=1", "Other": "2"}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_says_who_asks_stays_with_its_host(server, elsewhere):
    with Breaking({"/moved.bin": SHARDS["c.bin"]}) as other:
        goes_to = other if elsewhere else server
        server.files["/moved.bin"] = SHARDS["c.bin"]
        server.faults = {"/c.bin": [(302, {"Location": f"{goes_to.url}/moved.bin"})]}
        assert loads(server, headers=SECRETS)
        (heard,) = [
            headers for (path, _), headers in zip(goes_to.asked, goes_to.headers, strict=True)
            if path == "/moved.bin"
        ]  # fmt: skip
    assert {name: heard.get(name) for name in SECRETS} == (
        {"Authorization": None, "Cookie": None, "Other": "2"} if elsewhere else SECRETS
    )


def test_data_are_fetched_so_too(server):
    server.files["/x.csv"] = b"a,b\n1,2\n"
    server.faults = {"/x.csv": [503, ("cut", 3)]}
    found = tfpy.data.csv(f"{server.url}/x.csv")
    assert [{k: float(v) for k, v in row.items()} for row in found] == [{"a": 1.0, "b": 2.0}]


# ------------------------------------------------------------------------------------------ cache


def test_a_second_load_needs_no_server(server, tmp_path):
    assert loads(server, cache=tmp_path / "kept")
    server.stop()
    assert loads(server, cache=tmp_path / "kept", retries=0)
    assert asyncio.run(tfpy.io.clear_cache(tmp_path / "kept")) is None
    with pytest.raises(tfpy.FetchError):
        load(server, cache=tmp_path / "kept", retries=0)
    asyncio.run(tfpy.io.clear_cache(tmp_path / "never made"))


def test_what_came_before_a_failure_is_kept(server, tmp_path):
    server.faults = {"/c.bin": [404]}
    with pytest.raises(tfpy.FetchError):
        load(server, cache=tmp_path)
    assert loads(server, cache=tmp_path)
    assert [server.count(f"/{name}.bin") for name in ("a", "b", "c")] == [1, 1, 2]


def test_caches_keep_files_by_their_addresses(server, tmp_path):
    assert loads(server, cache=tmp_path)
    source = tfpy.io.http(f"{server.url}/model.json?v=2", cache=tmp_path)
    with pytest.raises(tfpy.FetchError, match="v=2: HTTP 404"):
        asyncio.run(tfpy.load_layers_model(source))


def test_clearing_leaves_other_files_alone(server, tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    assert loads(server, cache=tmp_path)
    asyncio.run(tfpy.io.clear_cache(tmp_path))
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_a_cache_that_fails_is_told_of_and_done_without(server, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(RuntimeWarning, match="is not kept: .*file") as told:
        assert loads(server, cache=tmp_path / "file")
    assert len(told) == 1


# ----------------------------------------------------------------------------------------- hashes


def test_hashes_that_fit(server):
    assert loads(server, hashes={**HASHES, "model.json": digest(content()).upper()})
    assert loads(server, hashes={"./a.bin": HASHES["a.bin"]})


@pytest.mark.parametrize("name", ["model.json", "a.bin", "b.bin", "c.bin"])
def test_hashes_that_do_not_fit(server, name):
    with pytest.raises(tfpy.IntegrityError, match=rf"{name}: its SHA-256 is .{{64}}, not 0000"):
        load(server, hashes={**HASHES, name: "0" * 64})


def test_hashes_of_no_file(server):
    with pytest.raises(tfpy.ArgumentError, match=r"names no file d\.bin, e\.bin \(hashes\)"):
        load(server, hashes={**HASHES, "e.bin": "0" * 64, "d.bin": "0" * 64})


def test_what_does_not_fit_is_not_kept(server, tmp_path):
    good = server.files["/a.bin"]
    server.files["/a.bin"] = bytes(40)
    with pytest.raises(tfpy.IntegrityError):
        load(server, cache=tmp_path, hashes=HASHES)
    server.files["/a.bin"] = good
    assert loads(server, cache=tmp_path, hashes=HASHES)


@pytest.mark.parametrize("file", ["/model.json", "/c.bin"])
@pytest.mark.parametrize("wrong", [b"<html>Log in to this network</html>", b"{"])
def test_what_is_no_model_is_not_kept(server, tmp_path, file, wrong):
    good = server.files[file]
    server.files[file] = wrong
    with pytest.raises(tfpy.ModelFormatError):
        load(server, cache=tmp_path)
    server.files[file] = good
    assert loads(server, cache=tmp_path)


def test_several_keep_the_same_file_at_once(tmp_path):
    cache, content, wrong = open_cache(tmp_path), bytes(1 << 20), []

    def put():
        for _ in range(20):
            asyncio.run(cache.put("http://x", content))

    threads = [threading.Thread(target=put) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found = asyncio.run(cache.get("http://x"))
        if found is not None and len(found) != len(content):
            wrong.append(len(found))
    assert not wrong
    assert len(list(tmp_path.iterdir())) == 1
    (tmp_path / f"{next(tmp_path.iterdir()).name}.0123.part").touch()  # as of who was ended
    asyncio.run(cache.clear())
    assert not list(tmp_path.iterdir())


def test_what_is_kept_and_does_not_fit_is_fetched_anew(server, tmp_path):
    assert loads(server, cache=tmp_path)
    server.files["/a.bin"] = bytes(40)
    new = {**HASHES, "a.bin": digest(bytes(40))}
    assert load(server, cache=tmp_path, hashes=new) == [0.0] * 10 + VALUES[10:]
    assert [server.count(f"/{name}.bin") for name in ("a", "b", "c")] == [2, 1, 1]


def test_hashes_of_the_manifest(server, tmp_path):
    found = [HASHES[name] for name in ("a.bin", "b.bin", "c.bin")]
    server.files["/model.json"] = content(sha256=found)
    assert loads(server)
    files = {
        **SHARDS,
        "model.json": content(sha256=found),
    }
    assert tfpy.load_layers_model_sync(files).count_params() == 24
    damaged = {**files, "b.bin": bytes(40)}
    with pytest.raises(tfpy.IntegrityError, match=r"b\.bin: its SHA-256"):
        tfpy.load_layers_model_sync(damaged)
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(tfpy.IntegrityError, match=r"b\.bin: its SHA-256"):
        tfpy.load_layers_model_sync(tmp_path)
    with pytest.raises(tfpy.IntegrityError, match=r"b\.bin: its SHA-256"):
        asyncio.run(tfpy.io.copy_model(damaged, {}))
    few = {**files, "model.json": content(sha256=found[:2])}
    with pytest.raises(tfpy.ModelFormatError, match="weightsManifest is damaged"):
        asyncio.run(tfpy.io.copy_model(few, {}))
    with pytest.raises(tfpy.ModelFormatError, match="weightsManifest is damaged"):
        tfpy.load_layers_model_sync(few)


# ------------------------------------------------------------------------------------- everything


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "retries=-1"),
        ({"retries": 1.5}, "retries=1.5"),
        ({"retries": None}, "retries=None"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"timeout": float("inf")}, "timeout=inf"),
        ({"timeout": "soon"}, "timeout='soon'"),
        ({"cache": ""}, "cache=''"),
        ({"cache": 5}, "cache=5"),
        ({"hashes": {"a.bin": "0123"}}, r"hashes\['a.bin'\]='0123'"),
        ({"hashes": {"a.bin": None}}, r"hashes\['a.bin'\]=None"),
        ({"hashes": ["a.bin"]}, "hashes="),
        ({"hashes": {5: "0" * 64}}, r"hashes\[5\]"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(tfpy.ArgumentError, match=f"http: {message}"):
        tfpy.io.http("https://example.org/model.json", **options)


def test_graph_models_and_applications_take_the_source(server, models_dir, tmp_path):
    folder = models_dir / "mobilenet_v1_025_224_layers"
    for path in folder.iterdir():
        server.files[f"/net/{path.name}"] = path.read_bytes()
    server.faults = {"/net/model.json": [503]}
    source = tfpy.io.http(f"{server.url}/net/model.json", cache=tmp_path)
    found = asyncio.run(tfpy.applications.MobileNet.load(source))
    assert found.input_size == (224, 224)
    server.stop()
    again = asyncio.run(tfpy.applications.MobileNet.load(source))
    assert again.model.weights[0].numpy().tolist() == found.model.weights[0].numpy().tolist()


@pytest.mark.parametrize("error", [MemoryError(), tfpy.DeviceLimitError("the device has no room")])
def test_no_memory_says_how_much_is_missing(server, monkeypatch, error):
    config = {"units": 10, "name": "d", "batch_input_shape": [None, 2]}
    weights = [("d/kernel", [2, 10]), ("d/bias", [10])]
    file = json.loads(content())
    file["modelTopology"]["config"]["layers"][0]["config"] = config
    file["weightsManifest"] = [
        {
            "paths": ["w"],
            "weights": [{"name": n, "shape": s, "dtype": "float32"} for n, s in weights],
        }
    ]
    decode = model_json.decode

    async def failing(*given):
        async for entry, value in decode(*given):
            if entry.name == "d/bias":
                raise error
            yield entry, value

    monkeypatch.setattr(model_json, "decode", failing)
    with pytest.raises(tfpy.DeviceLimitError, match="no memory for 40 of the 120 bytes"):
        tfpy.load_layers_model_sync({"model.json": json.dumps(file).encode(), "w": bytes(120)})


def test_nothing_is_warned_of(server, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loads(server, cache=tmp_path, hashes=HASHES)
