"""Datasets: what their methods give, with and without await, and what they refuse."""

import asyncio
import itertools

import numpy as np
import pytest
from PIL import Image

import tfpy
from tfpy.data import INFINITE, UNKNOWN, Dataset

D = Dataset


def both_ways(dataset):
    """The elements, which `for` and `async for` must agree on."""
    plain = list(dataset)
    awaited = asyncio.run(dataset.to_list_async())
    assert repr(plain) == repr(awaited)
    return plain


async def numbers(count):
    """An asynchronous generator that really waits."""
    for i in range(count):
        await asyncio.sleep(0)
        yield i


EVEN = D.range(10).filter(lambda i: i % 2 == 0)
ENDLESS = D.range(3).repeat()

CASES = [
    (D.range(2, 9, 3), [2, 5, 8], 3),
    (D.range(0), [], 0),
    (tfpy.data.array("abc"), ["a", "b", "c"], 3),
    (D.from_tensors(5), [5], 1),
    (D.range(4).map(lambda i: i * i), [0, 1, 4, 9], 4),
    (EVEN, [0, 2, 4, 6, 8], UNKNOWN),
    (EVEN.take(2), [0, 2], UNKNOWN),
    (D.range(5).take(9), [0, 1, 2, 3, 4], 5),
    (D.range(5).take(-1), [0, 1, 2, 3, 4], 5),
    (ENDLESS.take(5), [0, 1, 2, 0, 1], 5),
    (D.range(5).skip(3), [3, 4], 2),
    (D.range(5).skip(9), [], 0),
    (D.range(5).skip(-1), [], 0),
    (D.range(2).concatenate(D.range(2)), [0, 1, 0, 1], 4),
    (D.range(2).repeat(2), [0, 1, 0, 1], 4),
    (D.range(2).repeat(0), [], 0),
    (D.range(0).repeat(), [], 0),
    (D.range(2).enumerate(5), [(5, 0), (6, 1)], 2),
    (D.zip(D.range(3), ENDLESS), [(0, 0), (1, 1), (2, 2)], 3),
    (D.zip({"a": D.range(2), "b": (D.range(9),)}), [{"a": 0, "b": (0,)}, {"a": 1, "b": (1,)}], 2),
    (D.zip(D.range(3), D.range(3)).map(lambda a, b: a + b), [0, 2, 4], 3),
    (D.range(3).flat_map(lambda i: D.range(i)), [0, 0, 1], UNKNOWN),
    (D.range(3).prefetch(2), [0, 1, 2], 3),
    (D.range(3).cache(), [0, 1, 2], 3),
]


@pytest.mark.parametrize(("dataset", "elements", "size"), CASES)
def test_elements_and_their_number(dataset, elements, size):
    assert both_ways(dataset) == elements
    assert both_ways(dataset) == elements, "a second time"
    assert dataset.cardinality() == size
    if size >= 0:
        assert len(dataset) == size == len(elements)
    else:
        with pytest.raises(TypeError, match="no known size"):
            len(dataset)


def test_without_end():
    assert ENDLESS.cardinality() == INFINITE
    assert D.zip(ENDLESS, ENDLESS).cardinality() == INFINITE
    assert ENDLESS.concatenate(D.range(1)).cardinality() == INFINITE
    assert repr(ENDLESS) == "<Dataset without end>"
    assert list(itertools.islice(ENDLESS, 4)) == [0, 1, 2, 0]
    with pytest.raises(TypeError, match="no end"):
        len(ENDLESS)
    assert ENDLESS, "a dataset is true, whatever its size"


# ----------------------------------------------------------------------------------- rows, batches


def values(element):
    """An element's tensors as nested lists."""
    return tfpy.data.structure.map_parts(lambda x: x.tolist(), element)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_batches_of_rows(use_backend, backend):
    use_backend(backend)
    x, y = np.arange(10, dtype="float32").reshape(5, 2), np.arange(5)
    rows = D.from_tensor_slices({"x": x, "y": (y, list("abcde"))})
    assert [values(r) for r in rows.take(1)] == [{"x": [0, 1], "y": (0, "a")}]
    batches = [values(b) for b in rows.batch(2)]
    assert batches[1] == {"x": [[4, 5], [6, 7]], "y": ([2, 3], ["c", "d"])}
    assert [len(b["x"]) for b in batches] == [2, 2, 1]
    assert len(rows.batch(2, drop_remainder=True)) == 2
    # What goes row by row and what takes batches at once agree.
    one_by_one = D.from_generator(lambda: iter(rows)).batch(2)
    assert [values(b) for b in one_by_one] == batches
    mixed = rows.skip(1).repeat(2).shuffle(20, seed=3)
    assert [values(b) for b in mixed.batch(3)] == [
        values(b)
        for b in D.from_generator(lambda: iter(rows.skip(1).repeat(2).shuffle(20, 3))).batch(3)
    ]
    assert [values(r) for r in rows.batch(2).unbatch()] == [values(r) for r in rows]


def test_batches_of_plain_values():
    rows = tfpy.data.array([(1.5, "a"), (2.5, "b"), (3.0, "c")])
    numbers, texts = next(iter(rows.batch(2)))
    assert (numbers.dtype, numbers.tolist(), texts.tolist()) == ("float32", [1.5, 2.5], ["a", "b"])


def test_a_batch_is_one_gather(use_backend):
    """Not a slice for each row, which would be draws on a device."""
    calls = []
    x = tfpy.tensor(np.zeros((8, 2), "float32"))
    rows = D.from_tensor_slices(x).shuffle(8, seed=1).batch(4)
    from tfpy import engine

    apply = engine.apply
    engine.apply = lambda op, *a, **k: calls.append(op.name) or apply(op, *a, **k)
    try:
        assert len(list(rows)) == 2
    finally:
        engine.apply = apply
    assert len(calls) <= 4


# --------------------------------------------------------------------------------------- shuffling


def test_shuffling():
    seeded = D.range(20).shuffle(20, seed=5)
    first, second = list(seeded), list(seeded)
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second != list(range(20))
    again = D.range(20).shuffle(20, seed=5)
    assert [list(again), list(again)] == [first, second]
    same = D.range(20).shuffle(20, seed=5, reshuffle_each_iteration=False)
    assert list(same) == list(same)
    unseeded = D.range(20).shuffle(20, reshuffle_each_iteration=False)
    assert list(unseeded) == list(unseeded)


def test_shuffling_follows_the_seed_of_all():
    def orders():
        tfpy.set_seed(7)
        dataset = D.range(20).shuffle(20)
        return [list(dataset), list(dataset)]

    assert orders() == orders()
    assert orders()[0] != orders()[1]


def test_a_small_buffer_keeps_near_what_was_near():
    found = list(D.range(100).shuffle(5, seed=1))
    assert sorted(found) == list(range(100))
    assert all(x <= i + 4 for i, x in enumerate(found))


# ---------------------------------------------------------------------------------------- awaiting


def test_sources_and_functions_that_wait():
    async def double(i):
        await asyncio.sleep(0)
        return 2 * i

    async def awaited_iterator():
        return iter([1, 2])

    waiting = D.from_generator(lambda: numbers(3)).map(double)
    assert asyncio.run(waiting.to_list_async()) == [0, 2, 4]
    assert asyncio.run(D.from_generator(awaited_iterator).to_list_async()) == [1, 2]
    with pytest.raises(tfpy.AsyncOnlyError, match="go through it by 'async for'"):
        list(waiting)


def test_prefetch_works_ahead():
    made = []

    async def run():
        dataset = D.range(9).map(lambda i: made.append(i) or i).prefetch(3)
        async for _ in dataset:
            await asyncio.sleep(0.01)
            return list(made)

    ahead = asyncio.run(run())
    assert 3 <= len(ahead) <= 5


def test_a_cancellation_comes_through_prefetch():
    async def fail(i):
        raise asyncio.CancelledError

    async def go_through():
        async for _ in D.range(3).map(fail).prefetch(1):
            pass

    async def outcome():
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(go_through(), 5)

    asyncio.run(outcome())


def test_errors_come_through_prefetch():
    def fail(i):
        raise ZeroDivisionError(i)

    dataset = D.range(3).map(fail).prefetch(1)
    with pytest.raises(ZeroDivisionError):
        list(dataset)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(dataset.to_list_async())


def test_for_each_async_awaits():
    seen = []

    async def note(i):
        await asyncio.sleep(0)
        seen.append(i)

    asyncio.run(D.range(3).for_each_async(note))
    assert seen == [0, 1, 2]


def test_sources_are_closed_when_left_early():
    closed = []

    def source():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    for _ in D.from_generator(source).map(lambda i: i).batch(2).take(1):
        pass
    assert closed == [True]


def test_the_cache_reads_once():
    reads = []
    dataset = D.range(3).map(lambda i: reads.append(i) or i).cache()
    next(iter(dataset))
    assert reads == [0]
    assert list(dataset) == list(dataset) == [0, 1, 2]
    assert reads == [0, 0, 1, 2]


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_predicates_may_be_tensors(use_backend, backend):
    use_backend(backend)
    rows = D.from_tensor_slices([1.0, 3.0, 2.0]).filter(lambda x: x > 1.5)
    assert [x.item() for x in both_ways(rows)] == [3, 2]


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: D.from_generator([1]), tfpy.ArgumentError, "takes a function, not a list"),
        (lambda: D.from_tensor_slices(1.0), tfpy.ShapeError, "a number has no slices"),
        (lambda: D.from_tensor_slices(([1], [1, 2])), tfpy.ShapeError, "1, 2 slices differ"),
        (lambda: D.from_tensor_slices(()), tfpy.ShapeError, "no slices"),
        (lambda: D.range(3).batch(0), tfpy.ArgumentError, "batch_size must be a positive int"),
        (lambda: D.range(3).shuffle(0), tfpy.ArgumentError, "buffer_size must be a positive int"),
        (lambda: D.range(3).prefetch(0), tfpy.ArgumentError, "buffer_size must be a positive int"),
        (lambda: D.range(3).map(3), tfpy.ArgumentError, "map takes a function, not 3"),
        (lambda: D.range(3).take("a"), tfpy.ArgumentError, "take: count must be an integer"),
        (lambda: D.range(3).concatenate([1]), tfpy.ArgumentError, r"concatenate: \[1\] is no"),
        (
            lambda: list(D.range(3).flat_map(lambda i: [i])),
            tfpy.ArgumentError,
            r"flat_map: \[0\] is no dataset",
        ),
        (lambda: D.zip(), tfpy.ArgumentError, "zip takes datasets"),
        (lambda: D.zip([1], [2]), tfpy.ArgumentError, "zip takes datasets"),
        (lambda: list(tfpy.data.array([{"a": 1}, {"b": 1}]).batch(2)), tfpy.ArgumentError, "keys"),
        (lambda: list(tfpy.data.array([(1,), (1, 2)]).batch(2)), tfpy.ArgumentError, "tuple of 1"),
        (lambda: list(tfpy.data.array([1, "a"]).batch(2)), tfpy.DTypeError, "a string of 1"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --------------------------------------------------------------------------------------------- CSV

HOUSES = b'size,town,price\r\n70,"Bonn, Nord",300\r\n55,"a ""b""\r\nc",250.5\r\n'


def test_csv_with_quotes_and_a_label():
    rows = tfpy.data.csv(HOUSES, column_configs={"price": {"is_label": True}})
    assert both_ways(rows) == [
        ({"size": 70.0, "town": "Bonn, Nord"}, 300.0),
        ({"size": 55.0, "town": 'a "b"\r\nc'}, 250.5),
    ]
    assert (
        rows.column_names() == asyncio.run(rows.column_names_async()) == ["size", "town", "price"]
    )
    features, labels = next(iter(rows.batch(2)))
    assert (features["size"].tolist(), labels.tolist()) == ([70, 55], [300, 250.5])


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("1,2\n3,4\n", {"has_header": False, "column_names": "ab"},
         [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]),
        ("a,b\n1,x\n", {"column_names": ["c", "d"]}, [{"c": 1.0, "d": "x"}]),
        ("a;b\n1;x,y\n", {"delimiter": ";"}, [{"a": 1.0, "b": "x,y"}]),
        ("a b\n 1 \t 2\n\n", {"delim_whitespace": True}, [{"a": 1.0, "b": 2.0}]),
        ("a,b\n1,2\n", {"column_configs": {"b": {}}, "configured_columns_only": True},
         [{"b": 2.0}]),
        ("a\n1.7\n", {"column_configs": {"a": {"dtype": "int32"}}}, [{"a": 1}]),
        ("a\n12\n", {"column_configs": {"a": {"dtype": "string"}}}, [{"a": "12"}]),
        ("a\ntrue\n0\n", {"column_configs": {"a": {"dtype": "bool"}}}, [{"a": True}, {"a": False}]),
        ("a,b\n1,\n,2\n", {"column_configs": {"a": {"default": 7.0}}},
         [{"a": 1.0, "b": np.nan}, {"a": 7.0, "b": 2.0}]),
        ("a\n1\nx\n", {}, [{"a": "1"}, {"a": "x"}]),
        ("\ufeffa\n1\n", {}, [{"a": 1.0}]),
        ("a,b,c\n1,2,3\n", {"column_configs": {"b": {"is_label": True}, "c": {"is_label": True}}},
         [({"a": 1.0}, {"b": 2.0, "c": 3.0})]),
    ],
)  # fmt: skip
def test_csv_options(text, options, rows):
    # By their texts, which tell an int from a float, and in which NaN is NaN.
    assert repr(both_ways(tfpy.data.csv(text.encode(), **options))) == repr(rows)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "0 bytes: empty, not even a header"),
        ("a,b\n1\n", {}, "row 2: 1 values for 2 columns"),
        ("a,a\n1,2\n", {}, "several columns a"),
        ("a\n" + "1\n" * 100 + "x\n", {}, "row 102: 'x' in column 'a' is no float32"),
        ("a\nx\n", {"column_configs": {"a": {"dtype": "int32"}}}, "'x' in column 'a' is no int32"),
        ("a\nnan\n", {"column_configs": {"a": {"dtype": "int32"}}}, "row 2: 'nan' .* is no int32"),
        ("a\ninf\n", {"column_configs": {"a": {"dtype": "int32"}}}, "row 2: 'inf' .* is no int32"),
        ('a\n"1' + "x" * 200_000, {}, "line 2: field larger than field limit"),
        ("a\n1_0\n", {"column_configs": {"a": {"dtype": "int32"}}}, "is no int32"),
        ("a,b\n,1\n", {"column_configs": {"a": {"required": True}}}, "row 2: column 'a' is empty"),
        ("a,b\n,1\n", {"column_configs": {"a": {"is_label": True}}}, "row 2: column 'a' is empty"),
    ],
)
def test_csv_errors_name_the_row(text, options, message):
    with pytest.raises(tfpy.DataError, match=message):
        list(tfpy.data.csv(text.encode(), **options))


@pytest.mark.parametrize("text", ['1,"x\n2,y\n3,z\n', '1,"x""\n2,y\n', '1,"x"\n2,"', '1,2\n"'])
def test_csv_names_the_line_of_a_quote_that_is_never_closed(text):
    line = 3 if '\n2,"' in text or text[-2:] == '\n"' else 2
    with pytest.raises(tfpy.DataError, match=f"line {line}: .*quote.*never closed"):
        list(tfpy.data.csv(("a,b\n" + text).encode()))


def test_csv_quotes_that_are_closed_or_none():
    text = 'a,b\n1,"x\ny"\n2,y"z\n3,"""q"" r"\n4,""'
    found = [row["b"] for row in tfpy.data.csv(text.encode())]
    assert found == ["x\ny", 'y"z', '"q" r', ""]


def test_csv_refuses():
    with pytest.raises(tfpy.ArgumentError, match="without a header, column_names"):
        tfpy.data.csv(b"1", has_header=False)
    with pytest.raises(tfpy.ArgumentError, match="one character"):
        tfpy.data.csv(b"1", delimiter=", ")
    with pytest.raises(tfpy.ArgumentError, match="no option label"):
        tfpy.data.csv(b"1", column_configs={"a": {"label": True}})
    with pytest.raises(tfpy.ArgumentError, match="column_configs names z; there are a"):
        list(tfpy.data.csv(b"a\n1\n", column_configs={"z": {}}))
    with pytest.raises(tfpy.ArgumentError, match="1 column_names for 2 columns"):
        list(tfpy.data.csv(b"a,b\n1,2\n", column_names=["c"]))
    with pytest.raises(tfpy.DataError, match="not text in UTF-8"):
        list(tfpy.data.csv(b"a\n\xff\n"))
    with pytest.raises(tfpy.FetchError, match=r"nowhere\.csv"):
        list(tfpy.data.csv("nowhere.csv"))


def test_lines_of_a_file(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes("eins\r\nzwei\ndrei ä".encode() + b"\n" * 2)
    lines = tfpy.data.TextLineDataset(path)
    assert both_ways(lines) == ["eins", "zwei", "drei ä", ""]


def test_long_files_are_read_in_pieces():
    text = "".join(f"{i},{'x' * (i % 50)}ä\r\n" for i in range(5000))
    rows = list(tfpy.data.csv(("n,t\r\n" + text).encode()))
    assert [r["n"] for r in rows] == list(range(5000))
    assert rows[49]["t"] == "x" * 49 + "ä"


# ------------------------------------------------------------------------------- images, devices


def test_images_of_files(tmp_path):
    Image.new("RGB", (4, 2), (255, 0, 0)).save(tmp_path / "red.png")
    Image.new("L", (1, 3), 7).save(tmp_path / "grey.png")
    files = [tmp_path / "red.png", (tmp_path / "grey.png").read_bytes()]
    red, grey = both_ways(tfpy.data.images(files))
    assert (red.shape, red.dtype, grey.shape) == ((2, 4, 3), "int32", (3, 1, 3))
    assert grey.tolist() == [[[7] * 3]] * 3
    resized = next(iter(tfpy.data.images(files, size=(2, 2)).batch(2)))
    assert (resized.shape, resized.dtype) == ((2, 2, 2, 3), "float32")
    assert len(tfpy.data.images(files)) == 2


def test_files_that_are_no_images(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(tfpy.ImageError, match=r"text\.png: not an image"):
        list(tfpy.data.images([tmp_path / "text.png"]))
    with pytest.raises(tfpy.ArgumentError, match="size must be height and width"):
        tfpy.data.images([], size=(3,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resize_width": 3}, "go together"),
        ({"resize_width": 3, "resize_height": 0}, "positive"),
        ({"center_crop": True}, "center_crop needs"),
        ({"facing_mode": "left"}, "not 'left'"),
    ],
)
def test_options_of_a_camera(options, message):
    with pytest.raises(tfpy.ArgumentError, match=message):
        asyncio.run(tfpy.data.webcam(**options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fft_size": 1000}, "fft_size 1000 is no power of two"),
        ({"column_truncate_length": 2000}, "2000 is not in 1..1024"),
        ({"num_frames_per_spectrogram": 0}, "at least 1"),
        ({"smoothing_time_constant": 2}, "from 0 to 1"),
        ({"include_spectrogram": False}, "neither"),
    ],
)
def test_options_of_a_microphone(options, message):
    with pytest.raises(tfpy.ArgumentError, match=message):
        asyncio.run(tfpy.data.microphone(**options))


def test_devices_need_a_page():
    with pytest.raises(tfpy.MediaError, match="no video outside of a page"):
        asyncio.run(tfpy.data.webcam())
    with pytest.raises(tfpy.MediaError, match="no audio outside of a page"):
        asyncio.run(tfpy.data.microphone())


@pytest.mark.parametrize(
    ("shape", "size", "box"),
    [((6, 8, 3), (6, 6), (0, 0.125, 1, 0.875)), ((8, 6, 3), (3, 6), (0.3125, 0, 0.6875, 1))],
)
def test_the_middle_of_a_picture(shape, size, box):
    from tfpy.data.webcam import _center

    assert _center(shape, size) == box
