"""Weights: every stored form, with NumPy and without, from files cut anywhere."""

import itertools
import struct
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tfpy
from tfpy.io import weights
from tfpy.io.weights import parse_manifest
from tfpy.waiting import run_blocking


@pytest.fixture(params=["numpy", "pure"])
def decoder(request, monkeypatch):
    """Decode with NumPy at hand, and as in a page without it."""
    if request.param == "pure":
        monkeypatch.setattr(weights, "sys", type("sys", (), {"modules": {}}))
    assert ("numpy" in weights.sys.modules) == (request.param == "numpy")


def decode(manifest, shards):
    """All weights by name."""

    async def come():
        for shard in shards:
            yield memoryview(shard)

    async def found():
        return {entry.name: value async for entry, value in weights.decode(manifest, come())}

    return run_blocking(found())


def manifest(*entries):
    return parse_manifest([{"paths": ["w"], "weights": list(entries)}])


def one(data, **entry):
    return decode(manifest({"name": "w", "shape": [len(data)], **entry}), [data])["w"]


CODES8 = bytes(range(256))
CODES16 = np.arange(0, 65536, 7, dtype="<u2")


def quantized(kind, scale, minimum):
    return {"dtype": kind, "scale": scale, "min": minimum}


@pytest.mark.parametrize(("scale", "minimum"), [(0.013, -1.5), (1.0, 3.25), (2.5e-7, 1e-9)])
def test_uint8(decoder, scale, minimum):
    got = one(CODES8, dtype="float32", quantization=quantized("uint8", scale, minimum))
    want = np.array([q * scale + minimum for q in range(256)], np.float32)
    np.testing.assert_array_equal(got.numpy(), want)


def test_uint16(decoder):
    entry = {
        "name": "w",
        "shape": [len(CODES16)],
        "dtype": "float32",
        "quantization": quantized("uint16", 7.1e-6, -0.278),
    }
    got = decode(manifest(entry), [CODES16.tobytes()])["w"]
    want = np.array([int(q) * 7.1e-6 - 0.278 for q in CODES16], np.float32)
    np.testing.assert_array_equal(got.numpy(), want)


def test_quantized_integers_round_as_javascript(decoder):
    got = one(CODES8, dtype="int32", quantization=quantized("uint8", 0.5, -20.0))
    assert got.dtype == "int32"
    assert got.tolist() == [int(np.floor(q * 0.5 - 20 + 0.5)) for q in range(256)]


def test_float16_has_all_its_values(decoder):
    bits = np.arange(65536, dtype="<u2")
    entry = {
        "name": "w",
        "shape": [65536],
        "dtype": "float32",
        "quantization": {"dtype": "float16"},
    }
    got = decode(manifest(entry), [bits.tobytes()])["w"]
    np.testing.assert_array_equal(got.numpy(), bits.view("<f2").astype(np.float32))


def test_plain_types():
    data = struct.pack("<3f2i", 1.5, float("inf"), -0.0, 7, -(2**31)) + bytes([0, 1, 2])
    found = decode(
        manifest(
            {"name": "f", "shape": [3], "dtype": "float32"},
            {"name": "i", "shape": [2, 1], "dtype": "int32"},
            {"name": "b", "shape": [3], "dtype": "bool"},
        ),
        [data],
    )
    assert found["f"].tolist() == [1.5, float("inf"), 0.0]
    assert found["i"].tolist() == [[7], [-(2**31)]]
    assert found["b"].tolist() == [False, True, True]


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_complex_numbers(use_backend, backend):
    use_backend(backend)
    data = struct.pack("<5f", 1, -2, 0.5, 0, 7)
    entries = [
        {"name": "c", "shape": [2], "dtype": "complex64"},
        {"name": "f", "shape": [], "dtype": "float32"},
    ]
    found = decode(manifest(*entries), [data[:5], data[5:]])
    assert found["c"].tolist() == [1 - 2j, 0.5]
    assert found["f"].tolist() == 7
    assert tfpy.real(found["c"]).tolist() == [1, 0.5]
    written, parts = run_blocking(weights.encode([*found.items()], True))
    assert written == entries
    assert b"".join(parts) == data
    with pytest.raises(tfpy.UnsupportedError, match="c is complex64 quantized as uint8"):
        manifest({**entries[0], "quantization": quantized("uint8", 1, 0)})


def test_scalars_and_empty_weights():
    found = decode(
        manifest(
            {"name": "none", "shape": [0, 3], "dtype": "float32"},
            {"name": "s", "shape": [], "dtype": "float32"},
        ),
        [struct.pack("<f", 2.0)],
    )
    assert found["none"].shape == (0, 3)
    assert found["s"].tolist() == 2.0


def test_strings_leave_the_next_weight_at_an_odd_offset():
    words = ["a", "", "żółw"]
    data = b"".join(struct.pack("<I", len(w.encode())) + w.encode() for w in words)
    found = decode(
        manifest(
            {"name": "s", "shape": [3], "dtype": "string"},
            {"name": "f", "shape": [1], "dtype": "float32"},
        ),
        [data + struct.pack("<f", 0.5)],
    )
    assert found["s"].tolist() == words
    entries, parts = run_blocking(weights.encode([("s", found["s"]), ("f", found["f"])], True))
    assert [e["dtype"] for e in entries] == ["string", "float32"]
    assert b"".join(parts) == data + struct.pack("<f", 0.5)
    assert found["f"].tolist() == [0.5]


ENTRIES = [
    {"name": "a", "shape": [3], "dtype": "bool"},
    {"name": "b", "shape": [2, 2], "dtype": "float32"},
    {"name": "c", "shape": [3], "dtype": "float32", "quantization": quantized("uint16", 2.0, 1.0)},
    {"name": "s", "shape": [1], "dtype": "string"},
    {"name": "d", "shape": [2], "dtype": "int32"},
]
STREAM = bytes([1, 0, 1]) + struct.pack("<4f3H", 1, 2, 3, 4, 5, 6, 7) + b"\x02\0\0\0hi"
STREAM += struct.pack("<2i", -1, 9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_files_cut_anywhere(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    shards = [STREAM[a:b] for a, b in itertools.pairwise(edges)]
    found = decode(manifest(*ENTRIES), shards)
    assert found["a"].tolist() == [True, False, True]
    assert found["b"].tolist() == [[1, 2], [3, 4]]
    assert found["c"].tolist() == [11, 13, 15]
    assert found["s"] == ["hi"]
    assert found["d"].tolist() == [-1, 9]


@pytest.mark.parametrize(("cut", "message"), [(5, "hold 5 bytes.*describes 8"), (9, "hold 9.*8")])
def test_wrong_length_names_both(cut, message):
    with pytest.raises(tfpy.ModelFormatError, match=message):
        decode(manifest({"name": "w", "shape": [2], "dtype": "float32"}), [bytes(cut)])


@pytest.mark.parametrize("cut", range(1, len(STREAM)))
def test_every_truncation_is_noticed(cut):
    with pytest.raises(tfpy.ModelFormatError):
        decode(manifest(*ENTRIES), [STREAM[:cut]])


def test_bytes_after_strings_are_noticed():
    with pytest.raises(tfpy.ModelFormatError, match="3 bytes more"):
        decode(manifest(*ENTRIES), [STREAM, b"abc"])


def test_unknown_types_are_all_listed():
    with pytest.raises(tfpy.UnsupportedError, match=r"a has dtype int64; b .* as int4") as e:
        manifest(
            {"name": "a", "shape": [1], "dtype": "int64"},
            {"name": "b", "shape": [1], "dtype": "float32", "quantization": {"dtype": "int4"}},
            {"name": "c", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8"}},
        )
    assert "c is quantized as uint8 without scale and min" in str(e.value)


@pytest.mark.parametrize(
    "groups", [5, [5], [{}], [{"paths": [], "weights": [{"name": "a"}]}], {"weights": []}]
)
def test_damaged_manifests(groups):
    with pytest.raises(tfpy.ModelFormatError):
        parse_manifest(groups)


def test_a_name_twice():
    entry = {"name": "w", "shape": [1], "dtype": "float32"}
    with pytest.raises(tfpy.ModelFormatError, match="twice: w"):
        manifest(entry, entry)


def test_numpy_stays_optional():
    assert "numpy" in sys.modules  # the fixture above takes it away
