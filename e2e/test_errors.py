"""What a page's user sees when the device or the server says no: typed errors, in real browsers."""

import pytest

COLLECT = """
import tfpy

def error_of(work):
    try:
        work()
    except tfpy.TfpyError as error:
        return [type(error).__name__, str(error)]
    return ["none", ""]

async def async_error_of(work):
    try:
        await work
    except tfpy.TfpyError as error:
        return [type(error).__name__, str(error)]
    return ["none", ""]
"""

LOST = (
    COLLECT
    + """
tfpy.set_backend("webgl")
x = tfpy.random_normal((64, 64), seed=0) + 1
small = tfpy.tensor([1.0, 2.0])
tfpy.backend().device.gl.loseContext()
found = {
    # Into a texture that is made for it: what goes into a free one is found out when it is read.
    "compute": error_of(lambda: tfpy.concat([x, x, x])),
    "read": error_of(x.data_sync),
    "await": await async_error_of(x.data()),
    "small": small.tolist(),
}
tfpy.remove_backend("webgl")
tfpy.set_backend("webgl")
found["again"] = (tfpy.ones((8, 8)) + 1).sum().item()
found["moved"] = (small + 1).tolist()
found
"""
)

NO_WEBGL = (
    COLLECT
    + """
import js
js.eval('''
for (const type of ["OffscreenCanvas", "HTMLCanvasElement"]) {
  const prototype = globalThis[type]?.prototype;
  if (!prototype) continue;
  prototype.realGetContext = prototype.getContext;
  prototype.getContext = function (kind, ...rest) {
    return kind === "webgl2" ? null : this.realGetContext(kind, ...rest);
  };
}''')
for started in ("webgl", "numpy"):
    try:
        tfpy.remove_backend(started)
    except tfpy.BackendError:
        pass
try:
    found = [error_of(lambda: tfpy.set_backend("webgl")), error_of(lambda: tfpy.ones((2,)))]
finally:
    js.eval('''
    for (const type of ["OffscreenCanvas", "HTMLCanvasElement"]) {
      const prototype = globalThis[type]?.prototype;
      if (prototype?.realGetContext) prototype.getContext = prototype.realGetContext;
    }''')
tfpy.set_backend("webgl")
[*found, tfpy.ones((2,)).tolist()]
"""
)

TOO_LARGE = COLLECT + 'tfpy.set_backend("webgl")\nerror_of(lambda: tfpy.zeros((40000, 40000)) + 1)'

BAD_SHADER = (
    COLLECT
    + """
from kernels_webgl.assemble import describe
from kernels_webgl.program import Operand, Program
tfpy.set_backend("webgl")
spec = tfpy.TensorSpec((8,))
inputs, defines = {"x": Operand(0, spec)}, {"LOADS": "", "EXPRESSION": "nonsense + 1.0"}
bad = Program("elementwise", Operand(1, spec), inputs, defines)
error_of(lambda: tfpy.backend().device.link(describe(bad)[0]))
"""
)

MODELS = (
    COLLECT
    + """
tfpy.set_backend("webgl")
before = tfpy.memory()["num_tensors"]
found = {url: await async_error_of(tfpy.load_layers_model(url)) for url in urls}
{"found": found, "left": tfpy.memory()["num_tensors"] - before}
"""
)


def test_a_lost_context_is_a_typed_error_and_a_new_start_works(python_page):
    found = python_page.run(LOST)
    for use in ("compute", "read", "await"):
        kind, message = found[use]
        assert kind == "ContextLostError", found
        assert "remove_backend" in message
    assert found["small"] == [1.0, 2.0]
    assert found["again"] == 128.0
    assert found["moved"] == [2.0, 3.0]


def test_without_webgl2_the_message_says_what_to_do(python_page):
    named, default, works = python_page.run(NO_WEBGL)
    assert named[0] == default[0] == "BackendError"
    assert "no WebGL2" in named[1]
    assert "no WebGL2" in default[1]
    assert "numpy" in default[1]
    assert works == [1.0, 1.0]


def test_a_tensor_larger_than_the_device(python_page):
    kind, message = python_page.run(TOO_LARGE)
    assert kind == "DeviceLimitError"
    assert "(40000, 40000)" in message


def test_a_shader_that_does_not_compile_shows_its_line(python_page):
    kind, message = python_page.run(BAD_SHADER)
    assert kind == "ShaderError"
    assert "nonsense" in message
    assert any(line.strip().startswith(">") for line in message.splitlines()), message


@pytest.mark.parametrize(
    ("url", "kind", "text"),
    [
        ("/e2e/nowhere/model.json", "FetchError", "404"),
        ("/e2e/harness.html", "ModelFormatError", "HTML"),
        ("http://127.0.0.1:49999/model.json", "FetchError", "127.0.0.1:49999"),
    ],
)
def test_model_addresses_that_lead_nowhere(python_pages, url, kind, text):
    found = python_pages["main"].run(MODELS, urls=[url])
    assert found["found"][url][0] == kind, found
    assert text in found["found"][url][1]
    assert found["left"] == 0
