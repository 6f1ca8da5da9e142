"""KNNClassifier: compared with TF.js's package, which has no network."""

import asyncio
import gc

import numpy as np
import pytest

import tfpy
from tests.oracle.packages import ask
from tfpy.applications import KNNClassifier

SCRIPT = """
const knn = lib.create();
const answers = [];
for (const [verb, ...args] of steps) {
  if (verb === "add") knn.addExample(...args);
  if (verb === "clear") knn.clearClass(...args);
  if (verb === "predict") answers.push(await knn.predictClass(...args));
}
return {answers, counts: knn.getClassExampleCount(), dataset: knn.getClassifierDataset()};
"""


def steps(seed, shape):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, *shape))
    drawn = []
    for n in range(60):
        label = int(rng.integers(4))
        x = np.float32(centres[label] + rng.normal(size=shape) * 0.7)
        drawn.append(("add", x * 3, "abcd"[label]))
        if n % 5 == 4:
            drawn.append(("predict", np.float32(rng.normal(size=shape)), int(rng.integers(1, 12))))
        if n == 40:
            drawn.append(("clear", "b"))
    return drawn


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4)])
def test_as_tfjs(shape):
    drawn = steps(len(shape), shape)
    theirs = ask("knn-classifier", SCRIPT, steps=drawn)
    knn = KNNClassifier()
    found = []
    for verb, *args in drawn:
        if verb == "predict":
            found.append(knn.predict_sync(*args))
        else:
            {"add": knn.add_example, "clear": knn.clear_class}[verb](*args)
    assert len(found) == len(theirs["answers"]) == 12
    for ours, other in zip(found, theirs["answers"], strict=True):
        assert ours.label == other["label"]
        assert ours.class_index == other["classIndex"]
        assert ours.confidences == pytest.approx(other["confidences"])
    assert knn.example_counts == theirs["counts"]
    for label, x in knn.get_dataset().items():
        np.testing.assert_allclose(x.numpy(), theirs["dataset"][label], atol=1e-6)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_keeps_its_data_set(backend, use_backend, tmp_path):
    use_backend(backend)
    knn = KNNClassifier()
    with pytest.raises(tfpy.ArgumentError, match="no examples"):
        knn.predict_sync([1.0])
    for x, label in (([3.0, 0], "x"), ([0, 1.0], "y"), ([4.0, 1.0], "x")):
        knn.add_example(x, label)
    tfpy.io.save_safetensors(knn.get_dataset(), tmp_path / "knn.safetensors")
    other = KNNClassifier()
    other.add_example([1.0, 2.0, 3.0], "forgotten")
    other.set_dataset(tfpy.io.load_safetensors(tmp_path / "knn.safetensors"))
    assert other.example_counts == knn.example_counts == {"x": 2, "y": 1}
    assert other.num_classes == 2
    answer = asyncio.run(other.predict([[1.0, 0.2]], k=2))
    assert answer == ("x", 0, {"x": 1.0, "y": 0.0})
    other.add_example([0.0, 7.0], "y")
    assert other.predict_sync([0.0, 1.0], k=2).label == "y"


def test_many_examples_one_by_one(use_backend):
    use_backend("webgl")
    knn, rng = KNNClassifier(), np.random.default_rng(1)
    examples = rng.normal(size=(120, 33)).astype(np.float32)
    for i, x in enumerate(examples):
        knn.add_example(x, i % 7)
        if i % 50 == 49:
            assert knn.predict_sync(x * 2, k=1).label == i % 7
    assert [knn.predict_sync(x, k=1).label for x in examples] == [i % 7 for i in range(120)]
    assert sum(knn.example_counts.values()) == 120


def test_examples_without_direction_have_no_neighbours():
    """TF.js divides by their length, 0, and then its sorting makes no sense."""
    knn = KNNClassifier()
    knn.add_example([0.0, 0.0], 1)
    knn.add_example([1.0, 0.0], 2)
    assert knn.predict_sync([2.0, 0.1], k=1).label == 2
    knn.add_example([np.nan, 0.0], 3)
    assert knn.predict_sync([2.0, 0.1], k=2).confidences == {1: 0.5, 2: 0.5, 3: 0.0}


def test_bad_calls_change_nothing():
    knn = KNNClassifier()
    knn.add_example(np.ones((2, 2)), "a")
    for bad in (np.ones(4), np.ones((2, 3)), np.ones((0,))):
        with pytest.raises(tfpy.ShapeError, match=r"shape \(2, 2\)"):
            knn.add_example(bad, "b")
        with pytest.raises(tfpy.ShapeError, match=r"predict: an example has shape \(2, 2\)"):
            knn.predict_sync(bad)
    for k in (0, -1, 1.5):
        with pytest.raises(tfpy.ArgumentError, match="k must"):
            knn.predict_sync(np.ones((2, 2)), k)
    for bad in (None, [("a", [[1.0]])]):
        with pytest.raises(tfpy.ArgumentError, match="set_dataset takes a dict"):
            knn.set_dataset(bad)
    with pytest.raises(tfpy.ArgumentError, match="clear_class: a label is a text or an int"):
        knn.clear_class(["q"])
    with pytest.raises(tfpy.ArgumentError, match="no class 'b'"):
        knn.clear_class("b")
    with pytest.raises(tfpy.ArgumentError, match="a label is a text or an int"):
        knn.add_example(np.ones((2, 2)), None)
    for bad in (np.ones((2, 2), complex), np.array([["a", "b"], ["c", "d"]])):
        with pytest.raises(tfpy.DTypeError, match="numbers, not"):
            knn.add_example(bad, "a")
    for dataset in ({"a": np.ones(3)}, {"a": np.ones((1, 2)), "b": np.ones((1, 3))}):
        with pytest.raises(tfpy.ShapeError, match="set_dataset"):
            knn.set_dataset(dataset)
    assert knn.example_counts == {"a": 1}
    assert knn.predict_sync(np.ones((2, 2))).label == "a"


def test_another_shape_after_all_are_cleared():
    knn = KNNClassifier()
    knn.add_example([1.0], "a")
    knn.clear_all_classes()
    knn.add_example([1.0, 2.0], "b")
    assert knn.predict_sync([1.0, 2.0]) == ("b", 1, {"b": 1.0})


def test_no_tensors_are_left():
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    knn = KNNClassifier()
    with_tidy = tfpy.tidy(lambda: [knn.add_example([1.0, float(i)], i % 3) for i in range(9)])
    assert len(with_tidy) == 9
    knn.predict_sync([1.0, 2.0])
    knn.get_dataset()
    knn.predict_sync([1.0, 2.0])
    knn.dispose()
    gc.collect()
    assert tfpy.memory()["num_tensors"] == before


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda knn: knn.add_example([1.0, 0.1], "a"),
        lambda knn: knn.clear_class("b"),
        KNNClassifier.dispose,
    ],
)
def test_taught_while_asked(suspending, meanwhile):
    """An answer is of the examples that were there when it was asked for."""
    knn = KNNClassifier()
    knn.add_example([1.0, 0.0], "a")
    knn.add_example([0.0, 1.0], "b")

    async def teach():
        meanwhile(knn)

    async def both():
        return await asyncio.gather(knn.predict([0.0, 1.0], k=1), teach())

    found, _ = asyncio.run(both())
    assert found == ("b", 1, {"a": 0.0, "b": 1.0})
