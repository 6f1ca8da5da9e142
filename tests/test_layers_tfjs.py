"""Models of one layer made and saved by TF.js, with its own defaults: tfpy predicts the same.

The classes are all those that TF.js can save.
"""

import functools
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tfpy.io.weights import encode
from tfpy.testing import assert_close
from tfpy.waiting import run_blocking

SCRIPT = Path(__file__).with_name("oracle") / "layers.mjs"
STEPS, IMAGE, VOLUME = [7, 3], [5, 6, 3], [4, 5, 6, 3]
FRAMES = [3, 5, 6, 2]
WINDOW = {"filters": 4, "kernelSize": 3}

#: Function of `tf.layers`, arguments, shapes of inputs; integers below a number where one is given.
#: A layer or cell among the arguments is {"of": [function, arguments]}.
ROWS = [
    ("activation", {"activation": "hardSigmoid"}, [STEPS]),
    ("add", {}, [STEPS, STEPS]),
    ("alphaDropout", {"rate": 0.5}, [STEPS]),
    ("average", {}, [STEPS, STEPS]),
    ("bidirectional", {"layer": {"of": ["lstm", {"units": 2}]}, "mergeMode": "concat"}, [STEPS]),
    (
        "bidirectional",
        {"layer": {"of": ["gru", {"units": 2, "returnSequences": True}]}, "mergeMode": "ave"},
        [STEPS],
    ),
    ("averagePooling1d", {}, [STEPS]),
    ("averagePooling2d", {}, [IMAGE]),
    ("averagePooling3d", {}, [VOLUME]),
    ("batchNormalization", {}, [IMAGE]),
    ("categoryEncoding", {"numTokens": 5}, [[3]], 5),
    ("categoryEncoding", {"numTokens": 5, "outputMode": "oneHot"}, [[1]], 5),
    ("centerCrop", {"height": 3, "width": 2}, [IMAGE]),
    ("concatenate", {}, [STEPS, STEPS]),
    ("conv1d", WINDOW, [STEPS]),
    ("conv2d", WINDOW, [IMAGE]),
    ("conv2d", {**WINDOW, "strides": 2, "padding": "same", "activation": "relu6"}, [IMAGE]),
    ("conv2dTranspose", WINDOW, [IMAGE]),
    ("conv3d", WINDOW, [VOLUME]),
    ("conv3dTranspose", WINDOW, [VOLUME]),
    ("convLstm2d", WINDOW, [FRAMES]),
    ("convLstm2d", {**WINDOW, "padding": "same", "returnSequences": True}, [FRAMES]),
    ("cropping2D", {"cropping": [[1, 0], [0, 2]]}, [IMAGE]),
    ("dense", {"units": 4}, [STEPS]),
    ("depthwiseConv2d", {"kernelSize": 3}, [IMAGE]),
    ("dot", {"axes": -1}, [STEPS, STEPS]),
    ("dropout", {"rate": 0.5}, [STEPS]),
    ("elu", {}, [STEPS]),
    ("embedding", {"inputDim": 5, "outputDim": 2}, [[3]], 5),
    ("flatten", {}, [IMAGE]),
    ("gaussianDropout", {"rate": 0.5}, [STEPS]),
    ("gaussianNoise", {"stddev": 0.5}, [STEPS]),
    ("globalAveragePooling1d", {}, [STEPS]),
    ("globalAveragePooling2d", {}, [IMAGE]),
    ("globalMaxPooling1d", {}, [STEPS]),
    ("globalMaxPooling2d", {}, [IMAGE]),
    ("gru", {"units": 3}, [STEPS]),
    ("gru", {"units": 3, "goBackwards": True, "useBias": False}, [STEPS]),
    ("layerNormalization", {}, [STEPS]),
    ("leakyReLU", {}, [STEPS]),
    ("leakyReLU", {"alpha": 0.1}, [STEPS]),
    ("lstm", {"units": 3}, [STEPS]),
    ("lstm", {"units": 3, "returnSequences": True, "recurrentActivation": "tanh"}, [STEPS]),
    ("masking", {}, [STEPS]),
    ("maxPooling1d", {}, [STEPS]),
    ("maxPooling2d", {}, [IMAGE]),
    ("maxPooling3d", {}, [VOLUME]),
    ("maximum", {}, [STEPS, STEPS]),
    ("minimum", {}, [STEPS, STEPS]),
    ("multiply", {}, [STEPS, STEPS]),
    ("prelu", {}, [STEPS]),
    ("permute", {"dims": [2, 1]}, [STEPS]),
    ("randomWidth", {"factor": [0.0, 0.0]}, [IMAGE]),
    ("reLU", {}, [STEPS]),
    ("reLU", {"maxValue": 1.0}, [STEPS]),
    ("repeatVector", {"n": 3}, [[4]]),
    ("rescaling", {"scale": 0.5}, [STEPS]),
    ("reshape", {"targetShape": [3, None]}, [STEPS]),
    ("resizing", {"height": 3, "width": 4}, [IMAGE]),
    ("rnn", {"cell": {"of": ["gruCell", {"units": 3, "resetAfter": False}]}}, [STEPS]),
    (
        "rnn",
        {"cell": [{"of": ["lstmCell", {"units": 3}]}, {"of": ["simpleRNNCell", {"units": 2}]}]},
        [STEPS],
    ),
    ("separableConv2d", WINDOW, [IMAGE]),
    ("simpleRNN", {"units": 3}, [STEPS]),
    ("softmax", {}, [[4]]),
    ("softmax", {"axis": -1}, [STEPS]),
    ("spatialDropout1d", {"rate": 0.5}, [STEPS]),
    ("timeDistributed", {"layer": {"of": ["conv2d", WINDOW]}}, [FRAMES]),
    ("thresholdedReLU", {}, [STEPS]),
    ("upSampling2d", {}, [IMAGE]),
    ("zeroPadding2d", {}, [IMAGE]),
]

#: Where TF.js computes something else than Keras, whose models these are, and what.
DIFFERENT = {"resizing": "the corners of images are aligned, not the centres of pixels"}


@functools.cache
def asked_of_tfjs():
    asked = [
        {"layer": name, "args": args, "inputs": inputs, "high": high[0] if high else 0}
        for name, args, inputs, *high in ROWS
    ]
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(asked), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def array(value):
    return np.asarray(value["data"], np.float32).reshape(value["shape"])


@pytest.mark.parametrize("index", range(len(ROWS)), ids=[f"{r[0]}-{i}" for i, r in enumerate(ROWS)])
def test_a_model_saved_by_tfjs(index):
    found = asked_of_tfjs()["answers"][index]
    assert "error" not in found, found
    weights = [tfpy.tensor(array(w)) for w in found["weights"]]
    entries, parts = run_blocking(encode(list(zip(found["names"], weights, strict=True)), True))
    file = {
        "modelTopology": found["topology"],
        "weightsManifest": [{"paths": ["w"], "weights": entries}],
    }
    files = {"model.json": json.dumps(file).encode(), "w": b"".join(parts)}
    model = tfpy.load_layers_model_sync(files)
    inputs = [array(x) for x in found["inputs"]]
    got = model.predict(inputs if len(inputs) > 1 else inputs[0])
    if ROWS[index][0] in DIFFERENT:
        assert_close(got.shape, found["output"]["shape"])
        with pytest.raises(AssertionError):
            assert_close(got.numpy(), array(found["output"]), 1e-5, 1e-5)
    else:
        assert_close(got.numpy(), array(found["output"]), 1e-5, 1e-5)


def test_every_layer_of_tfjs_is_there():
    reply = asked_of_tfjs()
    saved = [walked for found in reply["answers"] for walked in walk(found["topology"])]
    known = {*tfpy.layers.CLASSES, "Model", "Functional", "Sequential"}
    assert set(reply["classes"]) <= known
    # A cell that only its layer makes, and another name of Model.
    assert set(reply["classes"]) - set(saved) == {"ConvLSTM2DCell", "Functional"}


def walk(value):
    """The names of all classes in a topology."""
    if isinstance(value, list):
        yield from (name for item in value for name in walk(item))
    if isinstance(value, dict):
        yield from (value[k] for k in ("class_name", "className") if k in value)
        yield from (name for item in value.values() for name in walk(item))
