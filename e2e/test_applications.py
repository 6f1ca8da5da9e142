"""Pretrained models with their real weights in real browsers: the answers that NumPy gives."""

import numpy as np
import pytest
from PIL import Image

from tests import photos
from tfpy.applications import BodyPix, CocoSsd

HANDS = ["open", "closed", "pinch", "point", "face", "tip", "pinchtip"]

VISION = """
import gc, js, tfpy
from tfpy.applications import BodyPix, CocoSsd, KNNClassifier, masks
tfpy.set_backend("webgl")

async def load_image(url):
    blob = await (await js.fetch(url)).blob()
    return await js.createImageBitmap(blob, colorSpaceConversion="none")

image = await load_image("/models/images/astronaut_224.png")
net = await BodyPix.load("/models/bodypix_050_s16_uint8/model.json")
found = await net.segment(image, "full")
parts = await net.segment_parts(image, "full")
(person,) = await net.segment_people(image, "full")
blurred = masks.draw_bokeh_effect(image, found)
canvas = js.OffscreenCanvas.new(224, 224)
await tfpy.browser.to_pixels(blurred, canvas)
await parts.draw_async(canvas, 1.0)
drawn = canvas.getContext("2d").getImageData(0, 0, 224, 224).data.to_bytes()
answer = {
    "person": (await found.mask.cast("int32").data()).tolist(),
    "parts": (await parts.mask.data()).tolist(),
    "own": (await person.mask.cast("int32").data()).tolist(),
    "nose": list(person.pose["nose"][:2]),
    "blurred": (await blurred.data()).tolist(),
    "drawn": drawn,
}

detector = await CocoSsd.load("/models/handtrack_ssd/model.json", labels=hands)
(face, *_) = await detector.detect(image)
answer["face"] = [face.class_name, face.score, *face.box]

knn = KNNClassifier()
for k in range(6):
    knn.add_example([1.0 + k, 10.0 * (k % 2), 1.0], "even" if k % 2 == 0 else "odd")
answer["knn"] = (await knn.predict([3.0, 20.0, 0.0])).label

for thing in (net, detector, knn):
    thing.dispose()
del net, detector, knn, found, parts, person, blurred, thing
gc.collect()
answer["left"] = tfpy.memory()["num_tensors"]
answer
"""


def test_vision(python_pages, models_dir):
    got = python_pages["worker"].run(VISION, hands=HANDS, timeout=240)
    image = photos.pixels(models_dir, "astronaut_224.png")
    net = BodyPix.load_sync(models_dir / "bodypix_050_s16_uint8")
    person = net.segment_sync(image, "full").mask.numpy()
    parts = net.segment_parts_sync(image, "full").mask.numpy()
    (own,) = net.segment_people_sync(image, "full")
    pairs = {"person": person, "parts": parts, "own": own.mask.numpy()}
    for name, expected in pairs.items():
        # A pixel on an edge may fall to the other side.
        assert (np.reshape(got[name], (224, 224)) != expected).sum() < 30, name
    assert got["nose"] == pytest.approx(list(own.pose["nose"][:2]), abs=0.5)

    blurred = np.reshape(got["blurred"], (224, 224, 3))
    drawn = np.frombuffer(got["drawn"], np.uint8).reshape(224, 224, 4)[..., :3]
    outside = np.reshape(got["parts"], (224, 224)) < 0
    np.testing.assert_array_equal(drawn[outside], blurred[outside])
    face = drawn[np.reshape(got["parts"], (224, 224)) == 0]
    assert len(face) > 100
    assert (face == [0x6E, 0x40, 0xAA]).all()

    detector = CocoSsd.load_sync(models_dir / "handtrack_ssd", labels=HANDS)
    expected = detector.detect_sync(Image.fromarray(image))[0]
    assert got["face"][0] == expected.class_name == "face"
    assert got["face"][1:] == pytest.approx([expected.score, *expected.box], rel=0.02, abs=0.5)
    assert got["knn"] == "odd"
    assert got["left"] == 0
