"""The reader of HDF5, against h5py, which wrote the files."""

import io
import random

import h5py
import numpy as np
import pytest

from tfpy.io.hdf5 import Array, Group, check_heaps, open_hdf5

NUMBERS = ["f2", "<f4", ">f4", "f8", "i1", "<i2", ">i4", "i8", "u1", "u4", "?"]


def written(fill, **options):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return buffer.getvalue()


def everything(file):
    """More members than one node has, nested groups, types, shapes, and attributes of all kinds."""
    for i in range(300):
        file[f"many/{i}"] = np.full(i % 3, i, "float32")
    for dtype in NUMBERS:
        file[f"types/{dtype}"] = np.arange(6).reshape(2, 3).astype(dtype)
    file["scalar"] = np.float32(3)
    file["deep/er/still"] = np.zeros((0, 4), "int32")
    notes = file.require_group("notes").attrs
    notes["text"] = "größer" * 30_000  # more than a header has room for
    notes["ünïcode"], notes["bytes"], notes["empty"] = "x", b"bytes", ""
    notes["texts"] = [f"weight_{i}".encode() for i in range(40)]
    notes["fixed"] = np.array([b"one", b"three"])
    notes["none"] = []
    notes["numbers"] = np.arange(3)
    for i in range(20):  # goes on in further blocks of the header
        notes[f"n{i}"] = i


def same_value(ours, theirs):
    if isinstance(theirs, bytes):
        theirs = theirs.decode()
    if isinstance(theirs, np.ndarray) and theirs.dtype.kind in "OS":
        theirs = [x.decode() if isinstance(x, bytes) else x for x in theirs]
    if isinstance(theirs, (str, list)):
        assert ours == theirs
    else:
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def same(ours, theirs):
    assert set(ours.attrs) == set(theirs.attrs)
    for name in ours.attrs:
        same_value(ours.attrs[name], theirs.attrs[name])
    if isinstance(theirs, h5py.Dataset):
        assert isinstance(ours, Array)
        assert ours.shape == theirs.shape
        assert ours[()].dtype == theirs.dtype.newbyteorder("=")
        np.testing.assert_array_equal(ours[()], theirs[()])
        return
    assert isinstance(ours, Group)
    assert len(ours) == len(theirs)
    for name in theirs:
        assert name in ours
        same(ours[name], theirs[name])


def test_all_that_h5py_reads():
    data = written(everything)
    with h5py.File(io.BytesIO(data), "r") as theirs:
        same(open_hdf5(data), theirs)


def test_paths():
    file = open_hdf5(written(everything))
    assert file["deep/er/still"].shape == (0, 4)
    assert file.get("deep").get("nothing") is None
    assert "deep/er/still/more" not in file
    with pytest.raises(KeyError):
        file["nothing"]


def other(file):
    file.create_dataset("chunks", data=np.zeros(9, "f4"), chunks=(3,))
    file["complex"] = np.zeros(2, "complex64")
    file["texts"] = ["a", "b"]


@pytest.mark.parametrize("name", ["chunks", "complex"])
def test_what_is_no_plain_array_of_numbers(name):
    with pytest.raises(ValueError, match="Keras"):
        open_hdf5(written(other))[name][()]


def test_other_layouts_and_other_files():
    with pytest.raises(ValueError, match="superblock of version"):
        open_hdf5(written(everything, libver="latest"))
    with pytest.raises(ValueError, match="there is no"):
        open_hdf5(b"PK" + bytes(98))


def visit(found):
    for value in found.attrs:
        found.attrs[value]
    if isinstance(found, Array):
        found[()]
        return
    for name in found._headers:
        visit(found[name])


def few(file):
    file["a/b"], file["c"] = np.zeros((2, 2), "f4"), np.zeros(2, "i4")
    file.attrs["names"], file.attrs["text"] = [b"a", b"b"], "text"


@pytest.mark.parametrize("value", [0, 9, 0xFF])
def test_any_byte_may_be_any_other(value):
    """Damage ends, and in an error of Python's that is expected of it; where it is in a name or a
    value, nothing is noticed."""
    whole, found = written(few), 0
    used = [i for i in range(len(whole)) if any(whole[max(0, i - 8) : i + 8])]
    for i in used:
        damaged = bytearray(whole)
        damaged[i] = value
        try:
            visit(open_hdf5(bytes(damaged)))
        except (ValueError, KeyError):
            found += 1
    assert found > 20


def test_texts_of_no_length_have_an_end():
    def texts(file):
        file.attrs["x"] = np.array([b"one", b"three"])

    kind, two = b"\x13\1\0\0\5\0\0\0", b"\1\1\1" + bytes(5) + (2).to_bytes(8, "little")
    whole = written(texts)
    assert kind in whole
    assert two in whole
    many = two[:8] + (1 << 62).to_bytes(8, "little")
    damaged = whole.replace(kind, kind[:4] + bytes(4)).replace(two, many)
    with pytest.raises(ValueError, match="without room"):
        open_hdf5(damaged).attrs["x"]


@pytest.mark.parametrize("libver", ["earliest", "v110"])
def test_heaps_are_checked_before_hdf5_searches_them(libver):
    """It has no end where an object or what is free takes no room."""
    whole = written(few, libver=libver)
    check_heaps(whole)
    start = whole.index(b"GCOL\1") + 16
    free = start
    while whole[free]:
        free += 16 + -(-whole[free + 8] // 8) * 8
    for where, size in ((start, 1 << 63), (free, 0)):
        damaged = bytearray(whole)
        damaged[where + 8 : where + 16] = size.to_bytes(8, "little")
        with pytest.raises(ValueError, match="bytes"):
            check_heaps(bytes(damaged))


def test_a_file_may_end_anywhere():
    whole, dice = written(few), random.Random(0)
    for _ in range(200):
        with pytest.raises(ValueError, match=r"bytes at|cut off|there is no"):
            open_hdf5(whole[: dice.randrange(len(whole))])
