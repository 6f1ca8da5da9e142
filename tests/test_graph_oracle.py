"""Graph models against TF.js's cpu backend: every operation by itself, and its large models."""

import numpy as np
import pytest

import tfpy
from tests import topology
from tests.converter_ops import FAMILIES
from tests.graph_cases import CASES
from tests.graph_files import files, node, placeholder
from tests.graph_flows import FLOWS, ops
from tests.oracle.graphs import Job, Refused, answers

#: What cannot be compared: random numbers, and what has no operation at all.
RANDOM = "Multinomial RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal"
ELSEWHERE = {*RANDOM.split(), *FAMILIES["tfdf"], "NoOp", "PlaceholderWithDefault"}


def names(case):
    return ["y", *(f"y:{k}" for k in range(1, case.outputs))]


def made(case, fed=False):
    """The model of a case: all inputs constants, or all fed."""
    inputs = {f"i{k}": np.asarray(x) for k, x in enumerate(case.inputs)}
    nodes = [node("y", case.op, *inputs, **case.attrs)]
    if fed:
        nodes += [
            placeholder(k, x.shape, t)
            for (k, x), t in zip(inputs.items(), case.dtypes, strict=True)
        ]
        return files(nodes), inputs
    unused = [placeholder("x", (1,)), node("z", "Neg", "x")]
    return files([*nodes, *unused], inputs), {"x": np.zeros(1, np.float32)}


@pytest.fixture(scope="module")
def theirs():
    return answers([Job(*made(case), names(case)) for case in CASES])


@pytest.mark.parametrize("fed", [False, True], ids=["constant", "fed"])
@pytest.mark.parametrize("k", range(len(CASES)), ids=[f"{c.op}-{k}" for k, c in enumerate(CASES)])
def test_operation(theirs, k, fed):
    case = CASES[k]
    given, inputs = made(case, fed)
    got = tfpy.load_graph_model_sync(given).execute(inputs, names(case))
    if case.differs:
        with pytest.raises((AssertionError, Refused)):
            compare(got, theirs[k])
    else:
        compare(got, theirs[k])


def compare(got, want):
    if isinstance(want, Refused):
        raise want
    for g, w in zip(got, want, strict=True):
        assert g.shape == w.shape
        assert g.dtype == ("string" if w.dtype == object else str(w.dtype))
        if w.dtype == object:
            assert g.data_sync() == w.ravel().tolist()
        else:
            np.testing.assert_allclose(g.numpy(), w, rtol=2e-5, atol=2e-6)


def test_every_operation_is_asked_about():
    """By itself here, or in a graph of several."""
    asked = {case.op for case in CASES}.union(*map(ops, FLOWS))
    assert {op for family in FAMILIES.values() for op in family} - asked == ELSEWHERE


def images(height, width, name="input", count=1):
    return lambda draw: {name: draw.integers(0, 256, (count, height, width, 3)).astype(np.int32)}


LARGE = {
    # SSDs, whose preprocessing is a loop over tensor arrays. The old one makes the boxes that it
    # starts from; coco_ssd_oldformat_a is the same file.
    "coco_ssd_lite_mobilenet_v2_newer": images(40, 50, "image_tensor"),
    "coco_ssd_oldformat_b": images(50, 40, "image_tensor", 2),
    # Points of a body, by convolutions and picking at computed places.
    "movenet_singlepose_lightning": images(192, 192),
    "movenet_singlepose_lightning_deskfit": images(192, 192),
    # Of several bodies: points are shared out by their distances, and kept inside by a loop.
    "movenet_multipose": images(320, 320),
    # A transformer over sentences of different lengths, one longer than it reads.
    "universal_sentence_encoder_lite": lambda draw: {
        "indices": np.array([(0, k) for k in range(9)] + [(1, k) for k in range(140)], np.int32),
        "values": draw.integers(1, 8000, 149).astype(np.int32),
    },
}


@pytest.mark.parametrize("name", LARGE)
def test_official_graphs(models_dir, name):
    """Graphs as they are published, with weights drawn here."""
    model = topology.files(models_dir / "topology_only" / name)
    inputs = LARGE[name](np.random.default_rng(1))
    ours = tfpy.load_graph_model_sync(model)
    (want,) = answers([Job(model, inputs, ours.output_nodes)], wasm=True)
    for got, w in zip(ours.execute(inputs, ours.output_nodes), want, strict=True):
        np.testing.assert_allclose(got.numpy(), w, rtol=1e-3, atol=1e-4 * np.abs(w).max())
