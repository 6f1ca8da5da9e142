"""Datasets in a page: files that are fetched or chosen, images, camera and microphone."""

import base64
import io

import pytest
from PIL import Image

# WebKitGTK has no devices that nobody has to allow: it asks, and nobody is there to answer.
FAKE_DEVICES = pytest.mark.browsers("chromium", "firefox")

FILES = """
import js, tfpy
from pyodide.ffi import to_js
text = "size,town,price\\n70,\\"Bonn, Nord\\",300\\n55,Köln,250\\n"
file = js.File.new(to_js([text]), "houses.csv")
chosen = tfpy.data.csv(file, column_configs={"price": {"is_label": True}})
fetched = tfpy.data.csv(js.URL.createObjectURL(file))
try:
    list(chosen)
    refused = ""
except tfpy.AsyncOnlyError as error:
    refused = str(error)
{
    "chosen": [row async for row in chosen],
    "fetched": [row["town"] async for row in fetched.prefetch(1)],
    "batches": [[x["size"].tolist(), y.tolist()] async for x, y in chosen.batch(2)],
    "blocking": [x.tolist() for x in tfpy.data.Dataset.from_tensor_slices([1, 2, 3]).batch(2)],
    "refused": refused,
}
"""


def test_files(python_page):
    found = python_page.run(FILES)
    assert found["chosen"] == [
        [{"size": 70.0, "town": "Bonn, Nord"}, 300.0],
        [{"size": 55.0, "town": "Köln"}, 250.0],
    ]
    assert found["fetched"] == ["Bonn, Nord", "Köln"]
    assert found["batches"] == [[[70.0, 55.0], [300.0, 250.0]]]
    assert found["blocking"] == [[1, 2], [3]]
    assert "await" in found["refused"]


IMAGES = """
import base64, tfpy
files = [base64.b64decode(png)]
whole = [image async for image in tfpy.data.images(files, num_channels=4)]
small = [image async for image in tfpy.data.images(files, size=(1, 1)).batch(1)]
try:
    [image async for image in tfpy.data.images([b"no image"])]
    refused = ""
except tfpy.ImageError as error:
    refused = str(error)
{"whole": whole[0].tolist(), "small": small[0].tolist(), "refused": refused}
"""


def test_images(python_page):
    image = Image.new("RGB", (2, 2), (255, 0, 0))
    image.putpixel((1, 0), (0, 100, 200))
    file = io.BytesIO()
    image.save(file, "png")
    found = python_page.run(IMAGES, png=base64.b64encode(file.getvalue()).decode())
    red = [255, 0, 0, 255]
    assert found["whole"] == [[red, [0, 100, 200, 255]], [red, red]]
    assert found["small"] == [[[[191.25, 25.0, 50.0]]]]
    assert "8 bytes: not an image" in found["refused"]


CAMERA = """
import tfpy
try:
    camera = await tfpy.data.webcam(resize_width=8, resize_height=6, center_crop=True)
    sizes, shown = [], camera.element.videoWidth
    async for picture in camera:
        sizes.append([*picture.shape, str(picture.dtype)])
        if len(sizes) == 2:
            break
    camera.stop()
    try:
        camera.capture()
    except tfpy.MediaError as error:
        off = str(error)
    await camera.start()
    brightest = tfpy.max(camera.capture()).item()
    camera.stop()
    found = {"sizes": sizes, "shown": shown > 0, "off": off, "brightest": brightest}
except tfpy.MediaError as error:
    found = {"refused": str(error)}
found
"""

MICROPHONE = """
import tfpy
try:
    microphone = await tfpy.data.microphone(
        num_frames_per_spectrogram=3, column_truncate_length=20, include_waveform=True
    )
    heard = await microphone.capture()
    microphone.stop()
    found = {name: list(x.shape) for name, x in heard.items()}
except tfpy.MediaError as error:
    found = {"refused": str(error)}
found
"""


@FAKE_DEVICES
@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_camera(python_page):
    found = python_page.run(CAMERA)
    assert found["sizes"] == [[6, 8, 3, "float32"]] * 2
    assert found["shown"]
    assert found["off"] == "the camera is off"
    assert found["brightest"] > 0


@FAKE_DEVICES
@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_microphone(python_page):
    found = python_page.run(MICROPHONE)
    assert found == {"spectrogram": [3, 20, 1], "waveform": [3072, 1]}


@FAKE_DEVICES
@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_a_microphone_that_cannot_be_analysed_is_off(python_page):
    page = python_page.page
    page.evaluate("""() => {
      const { mediaDevices } = navigator, ask = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (wanted) => (globalThis.asked = await ask(wanted));
    }""")
    source = "import tfpy\ntry: await tfpy.data.microphone(sample_rate=1)\n"
    told = python_page.run(source + "except tfpy.MediaError as error: told = str(error)\ntold")
    assert "cannot be analysed" in told
    assert page.evaluate("() => asked.getTracks().map((track) => track.readyState)") == ["ended"]
    page.evaluate("() => { delete navigator.mediaDevices.getUserMedia }")


@pytest.mark.parametrize("python_page", ["worker"], indirect=True)
def test_a_worker_has_no_devices(python_page):
    assert "in a worker" in python_page.run(CAMERA)["refused"]
    assert "in a worker" in python_page.run(MICROPHONE)["refused"]
