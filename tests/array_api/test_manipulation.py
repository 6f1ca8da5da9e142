"""Moving elements, and products."""

import pytest

from tests.array_api.beside import KINDS, NUMERIC, check, draw


@pytest.mark.parametrize(
    ("shape", "call"),
    [
        ((2, 3), lambda xp, x: xp.broadcast_to(x, (4, 2, 3))),
        ((2, 1), lambda xp, x: xp.broadcast_arrays(x, x[0:1, :], x[0, 0])),
        ((2, 3), lambda xp, x: xp.concat([x, x[:1, :]])),
        ((2, 3), lambda xp, x: xp.concat([x, x], axis=-1)),
        ((2, 3), lambda xp, x: xp.concat([x, x[0, :]], axis=None)),
        ((2, 3), lambda xp, x: [xp.expand_dims(x, axis=a) for a in (0, 1, 2, -1, -3)]),
        ((2, 3), lambda xp, x: [xp.flip(x), xp.flip(x, axis=0), xp.flip(x, axis=(-1,))]),
        ((2, 3, 4), lambda xp, x: [xp.moveaxis(x, 0, -1), xp.moveaxis(x, -1, 1), xp.moveaxis(x, (0, 2), (2, 0))]),
        ((2, 3, 4), lambda xp, x: [xp.moveaxis(x, (2, 1), (0, 1)), xp.permute_dims(x, (2, 0, 1))]),
        ((2, 3, 4), lambda xp, x: [xp.matrix_transpose(x), x.mT]),
        ((2, 3), lambda xp, x: [x.T, x.mT]),
        ((2, 3), lambda xp, x: [xp.repeat(x, 2), xp.repeat(x, 3, axis=1), xp.repeat(x, 0, axis=0)]),
        ((2, 3), lambda xp, x: [xp.repeat(x, xp.asarray([2, 0]), axis=0), xp.repeat(x, xp.asarray([1, 2, 3]), axis=-1)]),
        ((2, 3), lambda xp, x: [xp.reshape(x, (3, 2)), xp.reshape(x, (-1,)), xp.reshape(x, (6,), copy=True)]),
        ((2, 3), lambda xp, x: [xp.roll(x, 1), xp.roll(x, -2, axis=1), xp.roll(x, (1, 5), axis=(0, 1)), xp.roll(x, 1, axis=(0, 1))]),
        ((0, 3), lambda xp, x: [xp.roll(x, 1), xp.roll(x, 1, axis=0), xp.flip(x)]),
        ((1, 3, 1), lambda xp, x: [xp.squeeze(x, axis=0), xp.squeeze(x, axis=(0, 2)), xp.squeeze(x, axis=-1)]),
        ((2, 3), lambda xp, x: [xp.stack([x, x]), xp.stack([x, x], axis=-1)]),
        ((2, 3), lambda xp, x: [xp.tile(x, (2,)), xp.tile(x, (2, 1, 3)), xp.tile(x, (1, 2))]),
        ((2, 3), lambda xp, x: [*xp.unstack(x), *xp.unstack(x, axis=1)]),
        ((4, 5), lambda xp, x: [x[1, 2], x[1:3, ::2], x[..., -1], x[None, 1, :], x[::-1, 0]]),
    ],
)  # fmt: skip
def test_manipulation(shape, call, dtypes):
    for dtype in dtypes(*KINDS):
        check(call, draw(shape, dtype))


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
     ((0, 3), (3, 2)), ((2, 0), (0, 3))],
)  # fmt: skip
def test_matmul(a, b, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(
            lambda xp, x, y: [xp.matmul(x, y), x @ y] if dtype[0] in "fc" else xp.matmul(x, y),
            *arrays,
            rtol=1e-5,
        )


@pytest.mark.parametrize(
    ("a", "b", "axes"),
    [((2, 3, 4), (3, 4, 5), 2), ((2, 3), (4, 5), 0), ((3,), (3,), 1), ((2, 3, 4), (4, 2), ((0, 2), (1, 0))),
     ((2, 3, 4), (3, 2), ([-2, 0], [0, -1]))],
)  # fmt: skip
def test_tensordot(a, b, axes, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: xp.tensordot(x, y, axes=axes), *arrays, rtol=1e-5)


@pytest.mark.parametrize(
    ("a", "b", "axis"),
    [((3,), (3,), -1), ((2, 3), (3,), -1), ((4, 1, 3), (2, 3), -1), ((4, 3, 1), (3, 2), -2)],
)
def test_vecdot(a, b, axis, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: xp.vecdot(x, y, axis=axis), *arrays, rtol=1e-5)
