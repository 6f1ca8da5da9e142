"""Models that a page keeps: in the database and the local storage, shared with TensorFlow.js."""

import numpy as np
import pytest

from tests import families

COMMON = """
import asyncio, js, json, tfpy
from tfpy import layers as L

def model(units=2):
    return tfpy.Sequential([L.Input((3,)), L.Dense(4, "relu"), L.Dense(units)])

X = [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]]

def values(model):
    return model.predict(X).tolist()

async def refusal(waiting):
    try:
        await waiting
    except tfpy.TfpyError as error:
        return f"{type(error).__name__}: {error}"
"""

KEEPING = (
    COMMON
    + """
found = {}
first, second = model(), model()
await first.save_async(place, metadata={"labels": ["cat"]})
loaded = await tfpy.load_layers_model(place)
found["same"] = values(loaded) == values(first)
found["metadata"] = loaded.user_defined_metadata
await second.save_async(place)
found["replaced"] = values(await tfpy.load_layers_model(place)) == values(second)
info = (await tfpy.io.list_models())[place]
found["info"] = [info["weightDataBytes"], info["dateSaved"][:2], info["modelTopologyType"]]
await tfpy.io.copy_model(place, place + "/copy")
await tfpy.io.move_model(place + "/copy", place + "/moved")
found["moved"] = values(await tfpy.load_layers_model(place + "/moved")) == values(second)
found["listed"] = sorted(n for n in await tfpy.io.list_models() if n.startswith(place))
for name in found["listed"]:
    await tfpy.io.remove_model(name)
found["left"] = [n for n in await tfpy.io.list_models() if n.startswith(place)]
found["gone"] = await refusal(tfpy.load_layers_model(place))
found["nothing to remove"] = await refusal(tfpy.io.remove_model(place))
found
"""
)


@pytest.mark.parametrize(
    ("python_page", "scheme"),
    [("main", "indexeddb"), ("main", "localstorage"), ("worker", "indexeddb")],
    indirect=["python_page"],
)
def test_keeping_models(python_page, scheme):
    place = f"{scheme}://a/house"
    assert python_page.run(KEEPING, place=place) == {
        "same": True,
        "metadata": {"labels": ["cat"]},
        "replaced": True,
        "info": [104, "20", "JSON"],
        "moved": True,
        "listed": [place, f"{place}/moved"],
        "left": [],
        "gone": f"StorageError: {place}: no model of this name is kept here",
        "nothing to remove": f"StorageError: {place}: no model of this name is kept here",
    }


NO_ROOM = (
    COMMON
    + """
place = "localstorage://full"
small, large = model(), tfpy.Sequential([L.Input((3,)), L.Dense(1_000_000)])
small.save(place)
refused = await refusal(large.save_async(place))
kept = values(await tfpy.load_layers_model(place)) == values(small)
await tfpy.io.remove_model(place)
[refused, kept]
"""
)


@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_no_room_leaves_the_old_model(python_page):
    refused, kept = python_page.run(NO_ROOM)
    assert refused.startswith("StorageError: there is no room in the local storage")
    assert kept


ABORTED = (
    COMMON
    + """
old, new = model(), model()
new.compile("sgd", "mse")
await old.save_async("indexeddb://full")
# What a browser does with a transaction that exceeds its quota.
put = js.IDBObjectStore.prototype.put
js.eval(\"\"\"
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
      const request = put.apply(this, given);
      if (this.name === "model_info_store") this.transaction.abort();
      return request;
    };
\"\"\")
try:
    refused = await refusal(new.save_async("indexeddb://full"))
finally:
    js.IDBObjectStore.prototype.put = put
kept = values(await tfpy.load_layers_model("indexeddb://full")) == values(old)
learns = len((await new.fit_async(X, [[1, 2], [3, 4]], verbose=0)).history["loss"])
await new.save_async("indexeddb://full")
saved = values(await tfpy.load_layers_model("indexeddb://full")) == values(new)
await tfpy.io.remove_model("indexeddb://full")
[refused, kept, learns, saved]
"""
)


def test_a_database_that_refuses_leaves_both_models(python_page):
    refused, *fine = python_page.run(ABORTED)
    assert refused.startswith("StorageError: the database refuses")
    assert fine == [True, 1, True]


DAMAGED = (
    COMMON
    + """
DAMAGES = {
    "database": {
        "weights cut": "a.weightData = a.weightData.slice(0, 50)",
        "no weights": "delete a.weightData",
        "no description": "delete a.weightSpecs",
        "no topology": "delete a.modelTopology",
        "another topology": "a.modelTopology = 'Sequential'",
        "another class": "a.modelTopology.config.layers[0].class_name = 'Sparse'",
        "another shape": "a.weightSpecs[0].shape = [4, 4]",
        "nothing": "delete record.modelArtifacts",
        "a text": "record.modelArtifacts = 'house'",
    },
    "items": {
        "weights cut": ["weight_data", "AAAA"],
        "weights not encoded": ["weight_data", "%%%%"],
        "no weights": ["weight_data", None],
        "no description": ["weight_specs", None],
        "topology cut": ["model_topology", '{"class_name": "Seq'],
        "topology null": ["model_topology", "null"],
        "description null": ["weight_specs", "null"],
        "metadata a list": ["model_metadata", "[1]"],
        "metadata cut": ["model_metadata", '{"format":'],
    },
}
change = js.eval(\"\"\"(path, code) => new Promise((resolve, reject) => {
    const opened = indexedDB.open("tensorflowjs", 1);
    opened.onerror = reject;
    opened.onsuccess = () => {
      const transaction = opened.result.transaction("models_store", "readwrite");
      const store = transaction.objectStore("models_store");
      store.get(path).onsuccess = (event) => {
        const record = event.target.result, a = record.modelArtifacts;
        eval(code);
        store.put(record);
      };
      transaction.oncomplete = () => { opened.result.close(); resolve(); };
    };
})\"\"\")

async def damaged(scheme, damage):
    place = f"{scheme}://house"
    await ours.save_async(place)
    if scheme == "indexeddb":
        await change("house", damage)
    else:
        key, value = damage
        key = f"tensorflowjs_models/house/{key}"
        js.localStorage.removeItem(key) if value is None else js.localStorage.setItem(key, value)
    return await refusal(tfpy.load_layers_model(place))

ours = model()
before = values(ours)
kind = "database" if scheme == "indexeddb" else "items"
found = {name: await damaged(scheme, damage) for name, damage in DAMAGES[kind].items()}
listed = f"{scheme}://house" in await tfpy.io.list_models()
if scheme == "localstorage":
    js.localStorage.setItem("tensorflowjs_models/house/info", "{")
    listed = (await tfpy.io.list_models())["localstorage://house"] == {}
await ours.save_async(f"{scheme}://house")
again = await tfpy.load_layers_model(f"{scheme}://house")
await tfpy.io.remove_model(f"{scheme}://house")
[found, listed, values(ours) == values(again) == before]
"""
)


@pytest.mark.parametrize(
    ("python_page", "scheme"),
    [("main", "indexeddb"), ("main", "localstorage"), ("worker", "indexeddb")],
    indirect=["python_page"],
)
def test_damaged_models_are_refused(python_page, scheme):
    found, *fine = python_page.run(DAMAGED, scheme=scheme)
    assert len(found) == 9
    for damage, said in found.items():
        assert said is not None, damage
        assert said.startswith(("ModelFormatError: ", "UnsupportedError: ")), (damage, said)
        assert f"{scheme}://house" in said, (damage, said)
    assert fine == [True, True]


WITH_TFJS = (
    COMMON
    + """
from pyodide.ffi import to_js
from tests import families
if not hasattr(js, "tf"):
    loaded = asyncio.get_running_loop().create_future()
    script = js.document.createElement("script")
    script.src = "/node_modules/@tensorflow/tfjs/dist/tf.min.js"
    script.onload = lambda event: loaded.set_result(None)
    js.document.head.append(script)
    await loaded
tf = js.tf
await tf.setBackend("cpu")
tfpy.set_backend("webgl")

def theirs(model, inputs):
    given = [tf.tensor(to_js(values), to_js(shape)) for values, shape in inputs]
    found = model.predict(to_js(given) if len(given) > 1 else given[0])
    return [y.dataSync().to_py().tolist() for y in (found if js.Array.isArray(found) else [found])]

async def round_trip(name, scheme):
    \"\"\"What tfpy predicts, TF.js of the same model, and tfpy of what TF.js saves then.\"\"\"
    ours = families.build(name)
    there, back = [f"{scheme}://{place}/{name}" for place in ("ours", "theirs")]
    if scheme == "http":
        there, back = [f"{js.location.origin}/kept/{x[7:]}/model.json" for x in (there, back)]
    await ours.save_async(there)
    read = await tf.loadLayersModel(there)
    found = [families.predicted(ours), theirs(read, families.inputs(ours))]
    await read.save(back)
    again = await tfpy.load_layers_model(back)
    found.append(families.predicted(again))
    if scheme != "http":
        listed = js.Object.keys(await tf.io.listModels()).to_py()
        assert {there, back} <= set(await tfpy.io.list_models())
        assert {there, back} <= set(listed)
        await tfpy.io.remove_model(there)
        await tf.io.removeModel(back)
        assert not {there, back} & set(await tfpy.io.list_models())
    for model in (ours, read, again):
        model.dispose()
    return found

[await round_trip(name, scheme) for name in families.MODELS]
"""
)


@pytest.mark.parametrize("python_page", ["main"], indirect=True)
@pytest.mark.parametrize("scheme", ["indexeddb", "localstorage", "http"])
def test_models_go_to_tfjs_and_back(python_page, scheme):
    found = python_page.run(WITH_TFJS, modules=[families], scheme=scheme, timeout=180)
    for name, (ours, *others) in zip(families.MODELS, found, strict=True):
        for other in others:
            for want, got in zip(ours, other, strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5, err_msg=name)


CHOSEN = (
    COMMON
    + """
from pyodide.ffi import create_proxy, to_js
from tfpy.io.files import read
files, saved = {}, model()
saved.save(files)
chosen = [js.File.new(to_js([to_js(content)]), name) for name, content in files.items()]
# Downloads are links that are clicked: what they would save is read from them.
offered = {}
def note(event):
    offered[str(event.target.download)] = str(event.target.href)
    event.preventDefault()
make = js.document.createElement
def watched(name):
    element = make(name)
    element.addEventListener("click", create_proxy(note))
    return element
js.document.createElement = create_proxy(watched)
make = make.bind(js.document)
try:
    saved.save("downloads://house")
finally:
    js.document.createElement = make
sizes = {}
for name, address in offered.items():
    sizes[name] = len(await read(address))
found = await tfpy.load_layers_model(tfpy.io.browser_files(chosen))
{
    "same": values(found) == values(saved),
    "offered": sorted(offered),
    "weights": sizes["house.weights.bin"] == len(files["model.weights.bin"]),
}
"""
)


@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_files_chosen_and_downloaded(python_page):
    assert python_page.run(CHOSEN) == {
        "same": True,
        "offered": ["house.json", "house.weights.bin"],
        "weights": True,
    }


GOING_ON = (
    COMMON
    + """
y = [[1.0, 0.0], [0.0, 1.0]]
first = model()
first.compile(tfpy.optimizers.Adam(0.1), "mse")
kept = tfpy.callbacks.ModelCheckpoint("indexeddb://a/checkpoint")
await first.fit_async(X, y, epochs=3, verbose=0, callbacks=[kept])
again = await tfpy.load_layers_model("indexeddb://a/checkpoint")
found = []
for one in (first, again):
    history = await one.fit_async(X, y, epochs=3, shuffle=False, verbose=0)
    found.append(history.history["loss"])
await tfpy.io.remove_model("indexeddb://a/checkpoint")
found
"""
)


def test_training_goes_on_from_the_database(python_page):
    ours, again = python_page.run(GOING_ON)
    # Adam's steps are others where it begins anew.
    assert ours == again
    assert len(ours) == 3
