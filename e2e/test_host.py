"""What Python computes from values it reads back, in a page: text, coroutines, complex numbers."""

RUN = """
import tfpy
tfpy.set_backend("webgl")
words = tfpy.tensor(["banana", "kiwi", "caf\u00e9"])
a = tfpy.tensor([[4.0, 2.0], [2.0, 10.0]])
z = tfpy.tensor([[1 + 2j, -0.5j]])
found = {
    "moved": (words[::-1] == "kiwi").tolist(),
    "replaced": tfpy.string.regex_replace(words, "a(n)", "<\\\\1>").tolist(),
    "hashed": tfpy.string.to_hash_bucket_fast(["hello", "world"], 1000).tolist(),
    "filled": tfpy.ragged_tensor_to_tensor((), [1, 2, 3], 0, [[0, 2, 3]], ["ROW_SPLITS"]).tolist(),
    "later": (await tfpy.linalg.cholesky_async(a)).tolist(),
    "solved": tfpy.linalg.solve(a, [[4.0], [2.0]]).tolist(),
    "parts": (await (z * z).data()).tolist(),
    "back": tfpy.irfft(tfpy.rfft([1.0, 2.0, 3.0, 4.0, 5.0]), 5).tolist(),
}
found
"""


def test_in_a_page(python_page):
    found = python_page.run(RUN)
    back = found.pop("back")
    assert found == {
        "moved": [False, True, False],
        "replaced": ["b<n><n>a", "kiwi", "café"],
        "hashed": [296, 598],
        "filled": [[1, 2], [3, 0]],
        "later": [[2.0, 0.0], [1.0, 3.0]],
        "solved": [[1.0], [0.0]],
        "parts": [-3.0, 4.0, -0.25, 0.0],
    }
    assert all(abs(x - i - 1) < 1e-5 for i, x in enumerate(back))
