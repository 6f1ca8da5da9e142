"""Safetensors files: back and forth, the bytes that the format asks for, and damaged ones."""

import json

import numpy as np
import pytest

import tfpy

X = {
    "w": np.array([[1.5, -2.0], [np.inf, 0.0]], "float32"),
    "empty": np.zeros((0, 3), "int32"),
    "flags": np.array([True, False, True]),
    "number": np.array(7, "int64"),
    "bytes": np.arange(5, dtype="uint8"),
    "z": np.array([1 + 2j, -3j], "complex64"),
    "double": np.array([1 / 3]),
}


def save(path):
    tensors = {name: tfpy.tensor(value, dtype=str(value.dtype)) for name, value in X.items()}
    tfpy.io.save_safetensors(tensors, path, {"made": "here"})


def test_there_and_back(tmp_path):
    path = tmp_path / "x.safetensors"
    save(path)
    found = tfpy.io.load_safetensors(path)
    assert list(found) == list(X)
    for name, value in X.items():
        assert found[name].dtype == str(value.dtype)
        np.testing.assert_array_equal(found[name].numpy(), value)


def test_the_bytes(tmp_path):
    path = tmp_path / "x.safetensors"
    save(path)
    body = path.read_bytes()
    size = int.from_bytes(body[:8], "little")
    header, data = json.loads(body[8 : 8 + size]), body[8 + size :]
    assert size % 8 == 0
    assert header.pop("__metadata__") == {"made": "here"}
    kinds = ["F32", "I32", "BOOL", "I64", "U8", "C64", "F64"]
    at = 0
    for (name, value), kind in zip(X.items(), kinds, strict=True):
        entry = header[name]
        start, end = entry["data_offsets"]
        assert (start, entry["dtype"], entry["shape"]) == (at, kind, list(value.shape))
        assert data[start:end] == value.tobytes()
        at = end
    assert at == len(data)


def damaged(header, data=b"\0" * 8, size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + data


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "longer than the file"),
        (damaged({}, size=1 << 60), "longer than the file"),
        (damaged(b"{nonsense"), "damaged"),
        (damaged(b"[1]"), "damaged"),
        (damaged({"a": {}}), "damaged"),
        (damaged({"a": {**ENTRY, "dtype": "BF16"}}), "a is of BF16, which tfpy lacks"),
        (damaged({"a": {**ENTRY, "shape": [3]}}), r"a has 8 bytes for shape \(3,\)"),
        (damaged({"a": {**ENTRY, "data_offsets": [4, 12]}}), "a has 8 bytes"),
        (damaged({"a": {**ENTRY, "data_offsets": [8, 0]}}), "a has -8 bytes"),
    ],
)
def test_damaged_files(tmp_path, body, message):
    path = tmp_path / "x.safetensors"
    path.write_bytes(body)
    with pytest.raises(tfpy.ModelFormatError, match=message):
        tfpy.io.load_safetensors(path)


def test_refusals(tmp_path):
    with pytest.raises(tfpy.FetchError, match=r"nowhere\.safetensors"):
        tfpy.io.load_safetensors(tmp_path / "nowhere.safetensors")
    with pytest.raises(tfpy.DTypeError, match="t is of string"):
        tfpy.io.save_safetensors({"t": ["a"]}, tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())
