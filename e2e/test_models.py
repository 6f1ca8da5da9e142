"""Real models in real browsers, against TF.js's values: five photos, an embedding, key points,
digits, a translation.
"""

import json

import pytest

from tests import goldens, translation

LOAD_IMAGE = """
async def load_image(url):
    import js
    blob = await (await js.fetch(url)).blob()
    return await js.createImageBitmap(blob, colorSpaceConversion="none")
"""

CLASSIFY = (
    LOAD_IMAGE
    + """
import gc, tfpy
tfpy.set_backend("webgl")
model = await tfpy.applications.MobileNet.load("/models/mobilenet_v1_025_224_layers/model.json")
answers = []
textures = []
for photo in photos:
    bitmap = await load_image("/models/images/" + photo)
    top = await model.classify(bitmap, topk=5)
    probabilities = await model.infer(bitmap).data()
    answers.append({"top": [list(p) for p in top], "values": probabilities.tolist()})
    gc.collect()
    textures.append(tfpy.memory()["num_textures"])
device = tfpy.backend().describe()
model.dispose()
del model, bitmap, top, probabilities
gc.collect()
{"answers": answers, "textures": textures, "left": tfpy.memory(), "device": str(device)}
"""
)


def test_mobilenet_v1_says_what_five_photos_show(python_page, models_dir):
    cases = goldens.cases(models_dir, "mobilenet_v1_025_224_layers")[:5]
    photos = [case.image for case in cases]
    found = python_page.run(CLASSIFY, photos=photos, timeout=180)
    for case, answer in zip(cases, found["answers"], strict=True):
        (expected,) = case.outputs.values()
        goldens.judge(expected, answer["values"])
        assert answer["top"][0][2] == expected["argmax"], case.name
        assert answer["top"][0][1] == pytest.approx(expected["max"], abs=1e-3)
    assert len(set(found["textures"][1:])) == 1, "textures in use grow from photo to photo"
    assert found["left"]["num_tensors"] == 0
    assert found["left"]["num_textures"] == 0


EXECUTE = """
import tfpy
tfpy.set_backend("webgl")
model = await tfpy.load_graph_model(f"/models/{name}/model.json")
results = await model.execute_async(tfpy.tensor(x), outputs)
values = [(await y.data()).tolist() for y in results]
model.dispose()
values
"""


@pytest.mark.parametrize("name", [name for name in goldens.GRAPHS if name != "handtrack_ssd"])
def test_graph_models(name, python_pages, models_dir):
    case = goldens.cases(models_dir, name)[0]
    found = python_pages["main"].run(
        EXECUTE, name=name, x=case.x, outputs=list(case.outputs), timeout=180
    )
    for expected, values in zip(case.outputs.values(), found, strict=True):
        goldens.judge(expected, values)


DETECT = (
    LOAD_IMAGE
    + """
import asyncio, tfpy
tfpy.set_backend("webgl")
model = await tfpy.load_graph_model("/models/handtrack_ssd/model.json")
x = tfpy.browser.from_pixels(await load_image("/models/images/" + photo)).expand_dims(0)
beats = 0
async def beat():
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0)
beating = asyncio.ensure_future(beat())
await model.execute_async(x, outputs)
before = beats
results = await model.execute_async(x, outputs)
during = beats - before
beating.cancel()
values = [(await y.data()).tolist() for y in results]
model.dispose()
{"values": values, "beats": during}
"""
)


def test_a_detector_with_loops_and_suppression(python_page, models_dir):
    """Lists, TensorFlow 1's loops and results whose size depends on values, with await."""
    golden = json.loads((models_dir / "handtrack_ssd" / "golden.json").read_text())
    case = golden["cases"][0]
    found = python_page.run(
        DETECT, photo=case["input"]["image"], outputs=list(case["outputs"]), timeout=240
    )
    assert found["beats"] > 10
    for expected, values in zip(case["outputs"].values(), found["values"], strict=True):
        goldens.judge(expected, values)


PREDICT = """
import tfpy
tfpy.set_backend("webgl")
model = await tfpy.load_layers_model(f"/models/{name}/model.json")
found = []
for x in inputs:
    x = tfpy.tensor(x)
    found += [model.predict(x), tfpy.function(lambda x: model(x))(x)]
values = [(await y.data()).tolist() for y in found]
model.dispose()
values
"""


@pytest.mark.parametrize(
    "name",
    [
        *("abalone_layers", "mnist_digits_layers", "mobilenet_v1_025_224_layers"),
        "tiny_embedding_gru_layers",
    ],
)
def test_layers_models(name, python_page, models_dir):
    """What `predict` and a plan of one's own give for the first inputs of the golden file."""
    cases = goldens.cases(models_dir, name)[:2]
    inputs = [case.x for case in cases]
    found = iter(python_page.run(PREDICT, name=name, inputs=inputs, timeout=180))
    for case in cases:
        (expected,) = case.outputs.values()
        goldens.judge(expected, next(found))
        goldens.judge(expected, next(found))


TRANSLATE = """
import tfpy
from tests import translation
tfpy.set_backend("webgl")
model = await tfpy.load_layers_model("/models/translation_lstm_layers/model.json")
found = []
for text in texts:
    translated, outputs = await translation.answers(model, metadata, text)
    found.append([translated, [(await y.data()).tolist() for y in outputs]])
model.dispose()
found
"""


def test_translation(python_page, models_dir):
    folder = models_dir / "translation_lstm_layers"
    metadata = json.loads((folder / "metadata.json").read_text())
    cases = json.loads((folder / "golden.json").read_text())["cases"]
    options = {"modules": [translation], "texts": [c["name"] for c in cases], "timeout": 240}
    found = python_page.run(TRANSLATE, metadata=metadata, **options)
    for case, (text, outputs) in zip(cases, found, strict=True):
        assert text == case["greedy_decode"]
        for name, values in zip(translation.GOLDENS, outputs, strict=True):
            goldens.judge(case[name], values)
