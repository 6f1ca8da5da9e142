"""The two ways to read a tensor, proved on the page's own clock, pixels in and out, and drawing
by one call or by several.
"""

import numpy as np

from tests.test_webgl_draw import CALLS, ROW

TIMELINES = """
import asyncio, js, tfpy
from pyodide.ffi import create_proxy
tfpy.set_backend("webgl")

frames = 0
running = True

def on_frame(_time):
    global frames
    frames += 1
    if running:
        js.requestAnimationFrame(proxy)

proxy = create_proxy(on_frame)
a = tfpy.random_normal((256, 256), stddev=0.05, seed=0)

def work():
    x = a
    for _ in range(rounds):
        x = x @ a
    return x

async def two_frames():
    start = frames
    while frames < start + 2:
        await asyncio.sleep(0.01)

js.requestAnimationFrame(proxy)
work().data_sync()
await two_frames()

start = js.performance.now()
work().data_sync()
work().data_sync()
blocking_ms = js.performance.now() - start
before = frames
start = js.performance.now()
for _ in range(repeats):
    y = work().data_sync()
during_sync, sync_ms = frames - before, js.performance.now() - start

before = frames
start = js.performance.now()
for _ in range(repeats):
    z = await work().data()
during_async, async_ms = frames - before, js.performance.now() - start

running = False
await asyncio.sleep(0.05)
proxy.destroy()
same = y.tolist() == z.tolist()
{
    "same": same,
    "during_sync": during_sync,
    "during_async": during_async,
    "sync_ms": sync_ms,
    "async_ms": async_ms,
}
"""

PIXELS = """
import js, tfpy
from pyodide.ffi import to_js
tfpy.set_backend("webgl")
width, height = 5, 3
rgba = bytes((7 * i) % 256 if i % 4 < 3 else 255 for i in range(width * height * 4))
data = js.ImageData.new(js.Uint8ClampedArray.new(to_js(rgba)), width, height)
canvas = js.OffscreenCanvas.new(width, height)
canvas.getContext("2d").putImageData(data, 0, 0)
sources = {
    "ImageData": data,
    "OffscreenCanvas": canvas,
    "ImageBitmap": await js.createImageBitmap(data),
}
if hasattr(js, "document"):
    element = js.document.createElement("canvas")
    element.width, element.height = width, height
    element.getContext("2d").putImageData(data, 0, 0)
    sources["canvas"] = element
    image = js.document.createElement("img")
    image.src = element.toDataURL("image/png")
    await image.decode()
    sources["img"] = image
if hasattr(js, "VideoFrame"):
    try:
        sources["VideoFrame"] = js.VideoFrame.new(canvas, timestamp=0)
    except Exception:
        pass  # the constructor exists, the codec behind it does not
found = {}
for name, source in sources.items():
    found[name] = {c: tfpy.browser.from_pixels(source, c).tolist() for c in (1, 3, 4)}
back = js.OffscreenCanvas.new(1, 1)
drawn = await tfpy.browser.to_pixels(tfpy.browser.from_pixels(data), back)
seen = back.getContext("2d").getImageData(0, 0, width, height).data.to_bytes()
errors = {}
for name, bad in {"empty": js.OffscreenCanvas.new(0, 4), "number": 3, "text": "cat.png"}.items():
    try:
        tfpy.browser.from_pixels(bad)
    except tfpy.ImageError as error:
        errors[name] = str(error)
{"found": found, "rgba": list(rgba), "drawn": drawn.tolist(), "seen": list(seen), "errors": errors}
"""

#: What draw.js does with a row, seen by a stand-in for the context; then results by one call and by
#: several, which is what a page gives whose policy forbids scripts made of text.
DRAWS = """
import js, os, tfpy
import kernels_webgl.gl as names
from functools import partial
from kernels_webgl.draw import draw
from pyodide.code import run_js
from pyodide.ffi import to_js
stand_in = run_js(
    "(script, log, constants) => script(new Proxy({}, { get: (_, name) => constants[name] ??"
    " ((...args) => { log.push([name, args]); }) }))"
)
constants = {
    name: getattr(names, name)
    for name in ("TEXTURE0", "TEXTURE_2D", "TEXTURE_2D_ARRAY", "FRAMEBUFFER", "TRIANGLES")
}
log = run_js("[]")
with open(os.path.join(os.path.dirname(names.__file__), "draw.js")) as file:
    script = run_js(file.read())
stand_in(script, log, to_js(constants, dict_converter=js.Object.fromEntries))(*row)

def work():
    x = tfpy.tensor([[0.5, -2.0, 3.0]] * 5)
    return ((x * 2.5 + x).abs() @ x.T).sum().item()

tfpy.set_backend("webgl")
device = tfpy.backend().device
in_one = work()
before, device._draw = device._draw, partial(draw, device.gl)
separate = work()
device._draw = before
{
    "calls": log.to_py(),
    "has_drawer": device.gl.drawer is not None,
    "in_one": in_one,
    "separate": separate,
}
"""


def test_a_draw_takes_one_call_and_says_the_same_as_several(python_page):
    found = python_page.run(DRAWS, row=list(ROW))
    assert [(name, tuple(args)) for name, args in found["calls"]] == CALLS
    assert found["has_drawer"]
    assert found["in_one"] == found["separate"] == 459.375


FINISH = """
import time, tfpy
tfpy.set_backend("webgl")
a = tfpy.random_normal((512, 512), seed=0)

def seconds(wait):
    start = time.perf_counter()
    for _ in range(20):
        # One draw each, of which none needs another: drivers have no reason to wait.
        x = tfpy.erf(a)
    wait(x)
    return time.perf_counter() - start

def finish(x):
    tfpy.backend().finish()

seconds(finish)
# In turn, so that what else the machine does hits both.
pairs = [(seconds(finish), seconds(lambda x: x.data_sync())) for _ in range(8)]
{"finished": min(a for a, _ in pairs), "read": min(b for _, b in pairs)}
"""


def test_finishing_waits_for_the_device(python_page):
    found = python_page.run(FINISH)
    # Reading takes what 1 MB takes to arrive besides; not to wait is a hundredth of it.
    assert found["finished"] > found["read"] / 5, found


#: Values read while there is no way to make an array in JavaScript for them to rest in.
READS = """
import tfpy
from kernels_webgl import gl_js
tfpy.set_backend("webgl")
sources = [tfpy.arange(2000).cast(dtype) for dtype in ("float32", "int32", "bool")]
xs = [tfpy.transpose(x.reshape((40, 50))) for x in sources]
before, gl_js._typed_array = gl_js._typed_array, None
try:
    found = [[x.data_sync().tolist(), (await x.data()).tolist()] for x in xs]
finally:
    gl_js._typed_array = before
found
"""


def test_values_are_read_into_their_last_place(python_page):
    expected = np.arange(2000).reshape(40, 50).T.ravel()
    for found, dtype in zip(python_page.run(READS), ("f", "i", "?"), strict=True):
        for values in found:
            assert values == expected.astype(dtype).tolist()


def test_frames_go_on_during_data_and_stop_during_data_sync(python_pages, browser):
    """Eight reads of some frames' time each: a page has time for frames, or it has not."""
    rounds = 20 if browser.name == "chromium" else 40
    found = python_pages["main"].run(TIMELINES, rounds=rounds, repeats=8, timeout=120)
    assert found["same"]
    assert found["during_sync"] == 0, found
    assert found["during_async"] >= 2, found


def test_pixels_in_and_out(python_page):
    found = python_page.run(PIXELS)
    rgba = found["rgba"]
    pixels = [rgba[i : i + 4] for i in range(0, len(rgba), 4)]
    for name, by_channels in found["found"].items():
        for channels, rows in by_channels.items():
            flat = [pixel for row in rows for pixel in row]
            assert flat == [p[: int(channels)] for p in pixels], (name, channels)
    assert found["drawn"] == found["seen"] == rgba
    assert "0 x 4" in found["errors"]["empty"]
    assert set(found["errors"]) == {"empty", "number", "text"}


#: Objects can be buffers from Python 3.12 on; JavaScript makes typed arrays of them.
BUFFERS = """
import tfpy
from pyodide.ffi import to_js
tfpy.set_backend("webgl")
found = {}
for dtype in ("float32", "int32"):
    view = memoryview(tfpy.tensor([[1, 0, 3], [4, 5, 6]], dtype=dtype) + 0)
    array = to_js(view.cast("B").cast(view.format))
    found[dtype] = [list(view.shape), view.readonly, view.tolist(), str(array.constructor.name)]
found
"""


def test_a_tensor_is_a_buffer(python_page):
    found = python_page.run(BUFFERS)
    values = [[1, 0, 3], [4, 5, 6]]
    assert found["float32"] == [[2, 3], True, values, "Float32Array"]
    assert found["int32"] == [[2, 3], True, values, "Int32Array"]
