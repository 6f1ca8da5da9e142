"""Products of tensors summed along chosen axes, written as in NumPy.

Every contraction of two tensors is one matrix product, if they are floats and share a summed axis,
or else a product with broadcasting and a sum, which is exact for int32.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from .. import engine
from ..dtypes import promote, promote_scalar
from ..errors import ArgumentError, ShapeError
from ..registry import composite
from ..spec import normalize_axis
from ..tensor import Tensor
from .linalg import matmul
from .movement import reshape, take_slice, transpose
from .reduce import sum

#: An axis: a letter of the equation, or a number for one that an ellipsis stands for.
Label = str | int
Labels = list[Label]


@composite()
def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein's sum: products of the operands' elements, summed over what the result lacks.

    Args:
        equation: a letter for each axis of each operand, separated by commas, then perhaps `->`
            and those of the result. Without `->` the result has the letters that occur once, in
            alphabetical order. A letter twice in one operand takes its diagonal; `...` stands for
            any further axes, which broadcast.
        operands: tensors; bool counts as int32.

    Raises:
        ArgumentError: the equation is no equation, or does not fit the number of operands.
        ShapeError: ranks or sizes do not fit the equation.

    >>> a = tfpy.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> tfpy.einsum("ij,jk->ik", a, a)
    tfpy.tensor([[ 7., 10.],
                 [15., 22.]])
    >>> tfpy.einsum("ii", a)
    tfpy.tensor(5.)
    """
    tensors = _common([engine.as_tensor(x) for x in operands])
    terms, result = _parse(equation, tensors)
    sizes = _sizes(equation, terms, tensors)
    pairs = [_spread(*_diagonal(x, t), sizes) for x, t in zip(tensors, terms, strict=True)]
    x, labels = pairs[0]
    for i, (y, others) in enumerate(pairs[1:], 2):
        needed = {label for _, rest in pairs[i:] for label in rest}.union(result)
        x, labels = _contract(x, labels, y, others, needed)
    x, labels = _summed(x, labels, set(result))
    return _ordered(x, labels, result)


def _common(tensors: list[Tensor]) -> list[Tensor]:
    dtype = promote_scalar(promote(*[x.dtype for x in tensors]), 0)
    return [engine.cast_to(x, dtype) for x in tensors]


# ------------------------------------------------------------------------------- the equation


def _parse(equation: str, tensors: Sequence[Tensor]) -> tuple[list[Labels], Labels]:
    """The labels of each operand, and of the result."""
    if not isinstance(equation, str):
        raise ArgumentError(f"einsum: the equation must be a string, not {equation!r:.50}")
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(tensors):
        raise ArgumentError(
            f"einsum: {equation!r} is for {len(parts)} operands, not {len(tensors)}"
        )
    terms = [_labels(equation, part, x.ndim) for part, x in zip(parts, tensors, strict=True)]
    found = [label for term in terms for label in term]
    hidden: Labels = sorted({a for a in found if isinstance(a, int)})
    if not arrow:
        once = sorted(a for a in set(found) if isinstance(a, str) and found.count(a) == 1)
        return terms, [*hidden, *once]
    result = _labels(equation, right, len(right.replace("...", "")) + len(hidden))
    strange = [a for a in result if a not in found or result.count(a) > 1]
    if strange or not set(hidden) <= set(result):
        raise ArgumentError(
            f"einsum: the result of {equation!r} must have axes of the operands, each once, and "
            "'...' if they have"
        )
    return terms, result


def _labels(equation: str, term: str, rank: int) -> Labels:
    """The labels of an operand of `rank`. Those of an ellipsis count from its end, so that they
    broadcast: ..., -2, -1."""
    before, dots, after = term.partition("...")
    letters = before + after
    if not all(c.isascii() and c.isalpha() for c in letters):
        raise ArgumentError(f"einsum: {equation!r} has something else than letters in {term!r}")
    hidden = rank - len(letters)
    if hidden < 0 or (hidden and not dots):
        raise ShapeError(f"einsum: {term!r} of {equation!r} does not fit an operand of rank {rank}")
    return [*before, *range(-hidden, 0), *after]


def _sizes(equation: str, terms: list[Labels], tensors: Sequence[Tensor]) -> dict[Label, int]:
    """The size of each axis; 1 broadcasts."""
    sizes: dict[Label, int] = {}
    for term, x in zip(terms, tensors, strict=True):
        for label, n in zip(term, x.shape, strict=True):
            known = sizes.setdefault(label, n)
            if known == 1:
                sizes[label] = n
            elif n not in (1, known):
                raise ShapeError(f"einsum: {label!r} of {equation!r} is both {known} and {n}")
    return sizes


# ------------------------------------------------------------------------------- one operand


def _diagonal(x: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """`x` with every label once: where one repeats, the elements at equal places."""
    for label in labels:
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            n = x.shape[first]
            if x.shape[second] != n:
                raise ShapeError(
                    f"einsum: no diagonal of axes of {n} and {x.shape[second]}: {label!r} repeats"
                )
            others = [i for i in range(x.ndim) if i not in (first, second)]
            shape = [x.shape[i] for i in others]
            flat = reshape(transpose(x, (*others, first, second)), (*shape, n * n))
            begin, steps = (0,) * (len(shape) + 1), (*[1] * len(shape), n + 1)
            x = take_slice(flat, begin, (*shape, n), steps)
            labels = [*[labels[i] for i in others], label]
    return x, labels


def _spread(x: Tensor, labels: Labels, sizes: dict[Label, int]) -> tuple[Tensor, Labels]:
    """`x` without the axes of size 1 that broadcast: it does not depend on them."""
    kept = [i for i, label in enumerate(labels) if x.shape[i] == sizes[label]]
    return reshape(x, [x.shape[i] for i in kept]), [labels[i] for i in kept]


def _summed(x: Tensor, labels: Labels, needed: set[Label]) -> tuple[Tensor, Labels]:
    """`x` summed over the labels that nobody needs."""
    axes = [i for i, label in enumerate(labels) if label not in needed]
    if not axes:
        return x, labels
    return sum(x, axis=axes), [label for label in labels if label in needed]


# ------------------------------------------------------------------------------- two operands


def _contract(
    a: Tensor, of_a: Labels, b: Tensor, of_b: Labels, needed: set[Label]
) -> tuple[Tensor, Labels]:
    """The product of `a` and `b`, summed over the labels that nobody needs any more."""
    a, of_a = _summed(a, of_a, needed.union(of_b))
    b, of_b = _summed(b, of_b, needed.union(of_a))
    shared = [label for label in of_a if label in of_b]
    batch = [label for label in shared if label in needed]
    inner = [label for label in shared if label not in needed]
    only_a = [label for label in of_a if label not in shared]
    only_b = [label for label in of_b if label not in shared]
    size = {**dict(zip(of_a, a.shape, strict=True)), **dict(zip(of_b, b.shape, strict=True))}

    def count(labels: Iterable[Label]) -> int:
        return prod(size[label] for label in labels)

    result = [*batch, *only_a, *only_b]
    shape = [size[label] for label in result]
    if inner and a.dtype.is_inexact:
        left, turned = _matrices(a, of_a, batch, only_a, inner)
        # A right operand is turned if its inner axes come last.
        right, plain = _matrices(b, of_b, batch, only_b, inner)
        return reshape(matmul(left, right, turned, not plain), shape), result
    lead = (count(batch), count(only_a), count(only_b), count(inner))
    left = _ordered(a, of_a, [*batch, *only_a, *inner])
    right = _ordered(b, of_b, [*batch, *only_b, *inner])
    product = reshape(left, (lead[0], lead[1], 1, lead[3])) * reshape(
        right, (lead[0], 1, lead[2], lead[3])
    )
    return reshape(sum(product, axis=-1) if inner else product, shape), result


def _ordered(x: Tensor, labels: Labels, wanted: Labels) -> Tensor:
    return x if labels == wanted else transpose(x, [labels.index(label) for label in wanted])


def _matrices(
    x: Tensor, labels: Labels, batch: Labels, rows: Labels, inner: Labels
) -> tuple[Tensor, bool]:
    """`x` as (batch, rows, inner), or where it lies like that already (batch, inner, rows), and
    whether it is the latter."""
    turned = labels == [*batch, *inner, *rows]
    middle, last = (inner, rows) if turned else (rows, inner)
    x = _ordered(x, labels, [*batch, *middle, *last])
    cuts = (0, len(batch), len(batch) + len(middle), x.ndim)
    shape = [prod(x.shape[i:j]) for i, j in pairwise(cuts)]
    return reshape(x, shape if batch else shape[1:]), turned


# ------------------------------------------------------------------------------- tensordot


@composite()
def tensordot(a: Any, b: Any, axes: int | Sequence[Any] = 2) -> Tensor:
    """The products of the elements of `a` and `b` summed over pairs of axes, as in NumPy.

    Args:
        a: any tensor.
        b: any tensor.
        axes: how many of the last axes of `a` go with as many first ones of `b`; or a pair: the
            axis (or axes) of `a`, and those of `b` that go with them.

    >>> tfpy.tensordot([[1.0, 2.0]], [[3.0], [4.0]], axes=1)
    tfpy.tensor([[11.]])
    """
    a, b = _common(list(engine.as_operands(a, b)))
    pairs: list[Sequence[int]]
    if isinstance(axes, int):
        pairs = [range(a.ndim - axes, a.ndim), range(axes)]
    else:
        pairs = [(p,) if isinstance(p, int) else tuple(p) for p in axes]
    fits = len(pairs) == 2 and len(pairs[0]) == len(pairs[1]) <= min(a.ndim, b.ndim)
    if not fits or (isinstance(axes, int) and axes < 0):
        raise ArgumentError(f"tensordot: {axes=} does not fit shapes {a.shape} and {b.shape}")
    of_a: Labels = list(range(a.ndim))
    of_b: Labels = list(range(a.ndim, a.ndim + b.ndim))
    result = {*of_a, *of_b}
    for i, j in zip(*pairs, strict=True):
        i, j = normalize_axis("tensordot", i, a.ndim), normalize_axis("tensordot", j, b.ndim)
        if a.shape[i] != b.shape[j] or i not in result or of_b[j] not in result:
            raise ShapeError(f"tensordot: {axes=} does not fit shapes {a.shape} and {b.shape}")
        result -= {i, of_b[j]}
        of_b[j] = i
    return _contract(a, of_a, b, of_b, result)[0]
