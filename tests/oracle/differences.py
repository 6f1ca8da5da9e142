"""The one list of where tfpy means to differ from TF.js, each with its reason.

A difference that no entry here covers fails, and so does an entry under which some function no
longer differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .row import arrays_in

When = Callable[[list[Any]], bool]


class Difference(NamedTuple):
    """Functions that differ in some aspects (see `Mismatch`) under a condition.

    Both are words in one string.
    `backend` is where they are checked to differ still: "webgl" for what is so there only.
    `array` is the number of the one float array to which gradients differ.
    """

    aspect: str
    functions: str
    reason: str
    when: When = lambda args: True
    backend: str = "numpy"
    array: int | None = None

    @property
    def id(self) -> str:
        """What a failing test is called."""
        return f"{self.aspect}: {self.reason[:60]}"


def _has(*kinds: str) -> When:
    """Whether an argument is an array of one of `kinds` ("f", "i", "b")."""
    return lambda args: any(a.dtype.kind in kinds for a in arrays_in(args))


def _only(*kinds: str) -> When:
    return lambda args: all(a.dtype.kind in kinds for a in arrays_in(args))


def _empty(args: list[Any]) -> bool:
    return any(a.size == 0 for a in arrays_in(args))


def _falling_axes(args: list[Any]) -> bool:
    """Whether a norm is that of matrices whose axes are in falling order."""
    return isinstance(args[2], list) and args[2] != sorted(args[2])


def _nothing_left(args: list[Any]) -> bool:
    """Whether a strided slice is empty."""
    x, begin, end, steps, begin_mask, end_mask, ellipsis, new_axis, shrink = args
    if ellipsis or new_axis or shrink:
        return True
    bounds = zip(x.shape, begin, end, steps, strict=False)
    slices = [
        range(n)[None if begin_mask >> k & 1 else b : None if end_mask >> k & 1 else e : s]
        for k, (n, b, e, s) in enumerate(bounds)
    ]
    return not all(map(len, slices))


def _huge(args: list[Any]) -> bool:
    """Whether an argument has an element beyond 100,000 or NaN."""
    return any((~(np.abs(a) <= 1e5)).any() for a in arrays_in(args))


def _steps_over(kernel: int, strides: int, padding: int) -> When:
    """Whether a window padded "same" is smaller than its step along an axis."""

    def when(args: list[Any]) -> bool:
        size = args[kernel].shape[:3] if isinstance(args[kernel], np.ndarray) else args[kernel]
        steps = zip(size, args[strides], strict=True)
        return args[padding] == "same" and any(k < step for k, step in steps)

    return when


def _reaches(size: Any, strides: Any, padding: Any, spatial: Any) -> bool:
    """Whether a window that moves over `spatial` axes reaches padding."""
    if padding == "valid":
        return False
    pads = [None] * len(size) if padding == "same" else padding
    for n, k, step, pad in zip(spatial, size, strides, pads, strict=True):
        before, after = pad or (0, 0)
        out = -(-n // step) if pad is None else (n + before + after - k) // step + 1
        if before or (out - 1) * step + k > n:
            return True
    return False


def _into_padding(args: list[Any]) -> bool:
    """Whether a pool's window reaches padding."""
    x, size, strides, padding = args
    return _reaches(size, strides, padding, x.shape[-1 - len(size) : -1])


def _mean_into_padding(args: list[Any]) -> bool:
    """The same of `pool`, where it takes means."""
    x, size, kind, padding, _, strides = args
    return kind == "avg" and _reaches(size, strides, padding, x.shape[-3:-1])


def _no_weight(args: list[Any]) -> bool:
    """Whether a weighted loss is divided by weights that are all 0."""
    weights, reduction, *_ = args[1:] if len(args) == 3 else args[2:]
    return weights is not None and not weights.any() and reduction in (1, 3)


def _not_finite(args: list[Any]) -> bool:
    return any(not np.isfinite(a).all() for a in arrays_in(args) if a.dtype.kind == "f")


def _nan(args: list[Any]) -> bool:
    return any(np.isnan(a).any() for a in arrays_in(args) if a.dtype.kind == "f")


_FLOAT = "a function whose results are not integers gives floats, as NumPy's"
_BOOL = "arithmetic takes numbers: TF.js stores sums other than 0 and 1 in a bool tensor"
_NO_ELEMENT = "over no element there is no largest one, as NumPy says; TF.js answers something"

DIFFERENCES = [
    # ------------------------------------------------------------------------- what is taken
    Difference(
        "accepts",
        "ceil cos cosh elu floor log rsqrt sigmoid sin sqrt tan tanh softmax",
        "TF.js takes float32 only; other types become float32 here, or stay whole numbers",
        _only("i", "b"),
    ),
    Difference("accepts", "erf", "TF.js takes no bool; " + _FLOAT, _has("b")),
    Difference(
        "accepts",
        "depthToSpace",
        "TF.js's cpu backend has no channels first",
        lambda args: args[2] == "NCHW",
    ),
    Difference(
        "accepts",
        "bitwiseAnd",
        "TF.js does not broadcast here",
        lambda args: args[0].shape != args[1].shape,
    ),
    Difference("accepts", "oneHot", "a depth of 1 is a depth", lambda args: args[1] == 1),
    Difference(
        "accepts",
        "split",
        "TF.js counts a first size of -1 among the others",
        lambda args: isinstance(args[1], list) and args[1][0] == -1,
    ),
    Difference(
        "accepts",
        "stridedSlice",
        "TF.js fails where nothing is left of an axis",
        _nothing_left,
    ),
    Difference(
        "accepts",
        "linalg.qr",
        "TF.js fails on a batch of matrices that are not square",
        lambda args: args[0].ndim > 2,
    ),
    Difference(
        "accepts",
        "norm",
        "TF.js loses an axis when a matrix' axes are in falling order",
        _falling_axes,
    ),
    Difference(
        "refuses",
        "abs neg relu relu6 round sign square add sub mul floorDiv mod pow maximum minimum "
        "squaredDifference",
        _BOOL,
        _only("b"),
    ),
    Difference("refuses", "argMax argMin", _NO_ELEMENT, _empty),
    # ------------------------------------------------------------------------------ shapes
    Difference(
        "shape",
        "cumsum cumprod",
        "TF.js loses an axis when the axis is counted from the end",
        lambda args: args[1] < 0,
    ),
    Difference(
        "shape",
        "searchSorted lowerBound upperBound",
        "one place for each value, in the values' shape; TF.js answers with a matrix",
        lambda args: args[0].ndim != 2,
    ),
    Difference(
        "shape",
        "image.nonMaxSuppressionPadded image.nonMaxSuppressionPaddedAsync",
        "padding reaches max_output_size also where that is more than there are boxes",
        lambda args: args[-1] and args[2] > args[1].size,
    ),
    # ------------------------------------------------------------------------------- types
    Difference(
        "dtype",
        "bincount denseBincount",
        "without weights what is counted are integers, as in NumPy",
        lambda args: not args[1].size,
    ),
    Difference(
        "dtype",
        "acos acosh asin asinh atan atanh expm1 log1p logSigmoid reciprocal selu sinh softplus "
        "atan2 div divNoNan",
        "TF.js truncates to the type of the argument; " + _FLOAT,
        _only("i", "b"),
    ),
    Difference(
        "dtype",
        "floorDiv",
        "a quotient of floats is a float, as NumPy's; TF.js's is int32",
        _has("f"),
    ),
    Difference("dtype", "dot matMul", "products are float32, whatever is multiplied", _only("i")),
    Difference("dtype", "unsortedSegmentSum", "sums of int32 are int32, as elsewhere", _only("i")),
    # ------------------------------------------------------------------------------ values
    Difference(
        "value",
        "denseBincount",
        "TF.js adds up a vector's weights also where only presence is asked for",
        lambda args: args[3] and args[0].ndim == 1,
    ),
    Difference(
        "value", "image.rgbToGrayscale", "whole numbers are rounded, not cut off", _only("i")
    ),
    Difference(
        "value",
        "image.threshold",
        "Otsu's levels are rounded shades; TF.js cuts them off",
        lambda args: args[1] == "otsu" and args[0].shape[-1] == 3,
    ),
    Difference(
        "value",
        "image.transform",
        "TF.js reads no image after the first, and wraps wrongly beyond one period",
        lambda args: len(args[0]) > 1 or args[3] == "wrap",
    ),
    Difference(
        "gradient",
        "image.resizeNearestNeighbor",
        "TF.js's gradient knows neither half pixel centers nor images after the first",
        lambda args: args[3] or (args[0].ndim == 4 and len(args[0]) > 1),
    ),
    Difference(
        "value",
        "matMul",
        "TF.js broadcasts batches by counting on, right only where the leading axes are missing",
        lambda args: args[0].shape[:-2] != args[1].shape[:-2],
    ),
    Difference(
        "value",
        "conv3d",
        "TF.js pads by less than nothing where a window is smaller than its step",
        _steps_over(1, 2, 3),
    ),
    Difference(
        "value gradient",
        "maxPool3d avgPool3d",
        "TF.js pads by less than nothing where a window is smaller than its step",
        _steps_over(1, 2, 3),
    ),
    Difference(
        "value",
        "conv3dTranspose",
        "TF.js pads by less than nothing where a window is smaller than its step",
        _steps_over(1, 3, 4),
    ),
    Difference(
        "value",
        "losses.absoluteDifference losses.hingeLoss losses.huberLoss losses.logLoss "
        "losses.sigmoidCrossEntropy losses.softmaxCrossEntropy losses.cosineDistance "
        "losses.computeWeightedLoss",
        "the mean under weights of 0 is 0, not NaN",
        _no_weight,
    ),
    Difference(
        "value",
        "pool",
        "padding never wins; TF.js pads dilated windows with zeros",
        lambda args: max(args[4]) > 1 and args[3] == "same",
    ),
    Difference(
        "value",
        "metrics.r2Score",
        "the mean of the outputs' scores, as Keras's",
        lambda args: args[0].shape[1] > 1,
    ),
    Difference("value", "sign", "the sign of NaN is NaN, not 0", _nan),
    Difference("value", "all", "all of nothing holds, as NumPy says", _empty),
    Difference("value", "pow", "1 to the power of NaN is 1, as in C and NumPy", _nan),
    Difference(
        "value",
        "cast",
        "beyond int32 the nearest integer that it holds, where TF.js wraps around",
        _huge,
    ),
    Difference(
        "value",
        "stridedSlice",
        "TF.js looks elsewhere if an axis goes and another has a stride; Python's slices do not",
        lambda args: args[-1] > 0 and any(s != 1 for s in args[3]),
    ),
    Difference(
        "value", "mod", "TF.js takes the remainder twice, which rounds otherwise", _not_finite
    ),
    Difference("value", "mean moments", "the mean of nothing is NaN, as NumPy's", _empty),
    Difference(
        "value",
        "logSumExp",
        "an infinite exponent gives infinity, and none gives -infinity, not NaN",
        lambda args: _not_finite(args) or _empty(args),
    ),
    Difference("value", "argMax argMin", "NaN counts as the extreme, as NumPy's", _nan),
    Difference("value", "tan", "shaders know no angle beyond 100,000", _huge, "webgl"),
    # ------------------------------------------------------------------------------ shapes
    Difference(
        "shape",
        "range",
        "a step of the wrong sign leads nowhere, as Python's range",
        lambda args: (args[1] - args[0]) * args[2] < 0,
    ),
    Difference(
        "shape",
        "irfft spectral.irfft",
        "one signal is a vector, and several keep all their axes",
        lambda args: args[0].ndim != 2,
    ),
    Difference(
        "shape value",
        "string.stringSplit",
        "without a delimiter texts are split into characters, in TF.js into their bytes",
        lambda args: args[1] == "" and any(not text.isascii() for text in args[0]),
    ),
    Difference(
        "shape", "metrics.binaryAccuracy", "one for each element, as Keras 3's; the metric averages"
    ),
    Difference("shape", "norm", "TF.js keeps the wrong axis if a matrix' axes fall", _falling_axes),
    # --------------------------------------------------------------------------- gradients
    Difference(
        "gradient",
        "mirrorPad",
        "TF.js slices the gradient instead of adding up mirrors",
        lambda args: any(map(any, args[1])),
    ),
    Difference(
        "gradient",
        "cumsum",
        "TF.js swaps the axes of the gradient where the axis is not the last",
        lambda args: args[1] not in (-1, args[0].ndim - 1),
    ),
    Difference(
        "gradient",
        "maxPool3d",
        "TF.js numbers the rows of a window by its height, not by its width",
        lambda args: 1 < args[1][1] != args[1][2],
    ),
    Difference(
        "gradient",
        "losses.softmaxCrossEntropy",
        "TF.js's to the labels is that to the predictions with the other sign",
        array=0,
    ),
    Difference(
        "gradient",
        "avgPool avgPool3d",
        "TF.js divides by padding too where a window reaches it",
        _into_padding,
    ),
    Difference(
        "gradient",
        "pool",
        "TF.js divides by padding too where a window reaches it",
        _mean_into_padding,
    ),
    Difference(
        "gradient",
        "image.resizeBilinear",
        "TF.js forgets half_pixel_centers",
        lambda args: args[3],
    ),
]
