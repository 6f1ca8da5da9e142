"""Models over a bad network, from another host: cancelling, retries, parts, hashes, no network."""

import hashlib
import json
import struct

import pytest

from tests.breaking import Breaking

VALUES = [float(i) for i in range(50_000)]
DATA = struct.pack(f"<{len(VALUES)}f", *VALUES)
#: Files of 100,000, 60,000 and 40,000 bytes.
SHARDS = {"a.bin": DATA[:100_000], "b.bin": DATA[100_000:160_000], "c.bin": DATA[160_000:]}
CONFIG = {"units": 5_000, "name": "d", "use_bias": False, "batch_input_shape": [None, 10]}
LAYERS = [{"class_name": "Dense", "config": CONFIG}]
MODEL = {
    "format": "layers-model",
    "modelTopology": {"class_name": "Sequential", "config": {"name": "s", "layers": LAYERS}},
    "weightsManifest": [
        {
            "paths": list(SHARDS),
            "weights": [{"name": "d/kernel", "shape": [10, 5_000], "dtype": "float32"}],
        }
    ],
}
FILES = {"model.json": json.dumps(MODEL).encode(), **SHARDS}

COMMON = """
import asyncio, tfpy
tfpy.set_backend("webgl")

async def load(**options):
    told = []
    source = tfpy.io.http(f"{url}/model.json", **options)
    model = await tfpy.load_layers_model(source, on_progress=lambda *now: told.append(now))
    values = (await model.weights[0].value.data()).tolist()
    done = [n for n, _ in told]
    assert done == sorted(set(done)) and done[0] == 0 and told[-1] == (200_000, 200_000), told
    return values == [float(i) for i in range(50_000)]

async def refusal(waiting):
    try:
        await waiting
    except tfpy.TfpyError as error:
        return f"{type(error).__name__}: {error}"
"""


@pytest.fixture
def breaking():
    with Breaking({f"/{name}": data for name, data in FILES.items()}) as server:
        yield server


def parts(server, path):
    """What was asked of a file."""
    return [part for asked, part in server.asked if asked == path]


def test_faults_are_got_over(python_page, breaking):
    breaking.faults = {
        "/model.json": [503],
        "/a.bin": [("cut", 50_000), ("reset", 20_000), 429],
        "/b.bin": [("drop",)],
        "/c.bin": [("stall", 10_000, 8)],
    }
    assert python_page.run(COMMON + "await load(timeout=2)", url=breaking.url)
    assert parts(breaking, "/model.json") == [None, None]
    # Chromium's cache may know more of the file than was given to the page, and where a part ends.
    asked = [part and part.partition("-")[0] for part in parts(breaking, "/a.bin")]
    assert asked == [None, "bytes=50000", "bytes=70000", "bytes=70000"]
    assert len(parts(breaking, "/b.bin")) >= 2  # browsers try again by themselves too
    assert parts(breaking, "/c.bin")[1:] in (["bytes=10000-"], ["bytes=10000-39999"])


REFUSED = (
    COMMON
    + """
await refusal(load(retries=1))
"""
)


def test_tries_are_counted(python_page, breaking):
    breaking.faults = {"/b.bin": [503] * 5}
    said = python_page.run(REFUSED, url=breaking.url)
    assert said.startswith("FetchError: ")
    assert f"{breaking.url}/b.bin: HTTP 503" in said
    assert len(parts(breaking, "/b.bin")) == 2


CANCELLED = (
    COMMON
    + """
told = []
source = tfpy.io.http(f"{url}/model.json")
task = asyncio.ensure_future(
    tfpy.load_layers_model(source, on_progress=lambda *now: told.append(now))
)
while not told or told[-1][0] < 150_000:
    await asyncio.sleep(0.02)
task.cancel()
try:
    await task
    ended = "loaded"
except asyncio.CancelledError:
    ended = "cancelled"
await asyncio.sleep(2.5)
[ended, told[-1][0]]
"""
)


def test_cancelling_aborts_the_requests(python_page, breaking):
    breaking.faults = {"/a.bin": [("stall", 50_000, 2)]}
    assert python_page.run(CANCELLED, url=breaking.url) == ["cancelled", 150_000]
    # The rest of the file found nobody there, so nothing is asked for again.
    assert parts(breaking, "/a.bin") == [None]


OFFLINE = (
    COMMON
    + """
await tfpy.io.clear_cache("tests")
[await load(cache="tests", hashes=hashes)]
"""
)
AGAIN = (
    COMMON
    + """
found = [await load(cache="tests", hashes=hashes, retries=0), await load(cache="tests", retries=0)]
await tfpy.io.clear_cache("tests")
found.append(await refusal(load(cache="tests", retries=0)))
found
"""
)


def test_a_second_load_needs_no_network(python_page, breaking):
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    assert python_page.run(OFFLINE, url=breaking.url, hashes=hashes) == [True]
    breaking.stop()
    *same, gone = python_page.run(AGAIN, url=breaking.url, hashes=hashes)
    assert same == [True, True]
    assert gone.startswith(f"FetchError: {breaking.url}/model.json: cannot be fetched")


WRONG = (
    COMMON
    + """
await tfpy.io.clear_cache("tests")
found = [await refusal(load(cache="tests", hashes={"b.bin": "0" * 64}))]
# Without https a page has only Python's own.
from tfpy.compat.network import Body
async def none(self):
    return ""
whole, Body.sha256 = Body.sha256, none
try:
    found.append(await refusal(load(hashes={"b.bin": "0" * 64})))
finally:
    Body.sha256 = whole
from tfpy.compat.storage import PageCache
found.append(await PageCache("tests").get(f"{url}/b.bin") is None)
await tfpy.io.clear_cache("tests")
found
"""
)


def test_a_file_that_is_another_is_refused_and_not_kept(python_page, breaking):
    first, second, absent = python_page.run(WRONG, url=breaking.url)
    digest = hashlib.sha256(SHARDS["b.bin"]).hexdigest()
    assert first.startswith("IntegrityError: ")
    assert first.endswith(f"b.bin: its SHA-256 is {digest}, not {'0' * 64}")
    assert second == first
    assert absent
