"""Losses as objects: a function, its options, and how one number is made for the batch.

`Loss` is the base of own losses; the others are Keras's, each of the function that its name says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engine
from ..configured import bound, of_function
from ..dtypes import as_dtype
from ..errors import ArgumentError
from ..masks import common_mask, mask_of, set_mask
from ..tensor import Tensor
from . import functions, imbalanced
from .weighted import compute_weighted_loss

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
]

#: Keras's words for what `compute_weighted_loss` calls otherwise.
_REDUCTIONS = {
    None: "none",
    "none": "none",
    "sum": "sum",
    "mean": "sum_over_batch_size",
    "sum_over_batch_size": "sum_over_batch_size",
    "mean_with_sample_weight": "mean",
}


class Loss:
    """Base of losses: a subclass defines `call(y_true, y_pred)`, one number for each sample.

    Args:
        reduction: of the samples' losses times their weights: "sum_over_batch_size" or "mean" for
            their mean, "sum", "mean_with_sample_weight" for their sum by that of the weights, or
            "none" (also None).
        name: by default the class's.
        dtype: to compute in, by default that of the predictions.

    >>> class Cubic(tfpy.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tfpy.abs(y_true - y_pred) ** 3.0
    >>> Cubic()(tfpy.tensor([0.0, 0.0]), tfpy.tensor([1.0, 2.0]))
    tfpy.tensor(4.5)
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction not in _REDUCTIONS:
            names = ", ".join(repr(r) for r in _REDUCTIONS)
            raise ArgumentError(f"loss: unknown reduction {reduction!r}; there are {names}")
        self.reduction, self.name = reduction, name or type(self).__name__
        self.dtype = None if dtype is None else as_dtype(dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch; `sample_weight` broadcasts to one number for each sample.

        What the mask that `y_pred` or the samples' losses carry excludes does not count.
        """
        mask, reduction = mask_of(y_pred), _REDUCTIONS[self.reduction]
        if self.dtype is not None:
            y_true, y_pred = (engine.as_tensor(x, self.dtype) for x in (y_true, y_pred))
            set_mask(y_pred, mask)
        losses = self.call(y_true, y_pred)
        of_mean = reduction == "sum_over_batch_size"
        mask = common_mask(y_pred, losses)
        weights = functions.masked_weights(mask, sample_weight, losses.dtype, of_mean)
        return compute_weighted_loss(losses, weights, reduction)

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """The loss of each sample."""
        raise NotImplementedError(f"{type(self).__name__} does not define call")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss, as plain JSON values."""
        dtype = {} if self.dtype is None else {"dtype": str(self.dtype)}
        return {"reduction": self.reduction, "name": self.name, **dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """The loss that `get_config` describes."""
        return cls(**config)


class FunctionLoss(Loss):
    """A loss that a function of this package computes; takes the function's options, `reduction`,
    `name` and `dtype`, in Keras's order."""

    function: Callable[..., Tensor]

    def __init_subclass__(
        cls, of: Callable[..., Tensor] | None = None, order: str = "", called: str = ""
    ) -> None:
        if of is None:
            return
        cls.function = staticmethod(of)
        own = {"reduction": "sum_over_batch_size", "name": called or of.__name__, "dtype": None}
        cls.__signature__ = of_function(of, order, **own)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.options = bound(type(self), args, kwargs)
        super().__init__(*(self.options.pop(k) for k in ("name", "reduction", "dtype")))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        return type(self).function(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        return {**self.options, **super().get_config()}


class MeanSquaredError(FunctionLoss, of=functions.mean_squared_error):
    """The mean of `(y_true - y_pred)**2`.

    >>> tfpy.losses.MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
    tfpy.tensor(0.5)
    """


class MeanAbsoluteError(FunctionLoss, of=functions.mean_absolute_error):
    """The mean of `|y_true - y_pred|`."""


class MeanAbsolutePercentageError(FunctionLoss, of=functions.mean_absolute_percentage_error):
    """The mean of `100 |y_true - y_pred| / |y_true|`."""


class MeanSquaredLogarithmicError(FunctionLoss, of=functions.mean_squared_logarithmic_error):
    """The mean of `(log(y_true + 1) - log(y_pred + 1))**2`."""


class Huber(FunctionLoss, of=functions.huber, called="huber_loss"):
    """Squares of small errors, absolute values of those beyond `delta`."""


class LogCosh(FunctionLoss, of=functions.log_cosh):
    """The mean of `log(cosh(y_pred - y_true))`."""


class Poisson(FunctionLoss, of=functions.poisson):
    """The mean of `y_pred - y_true log(y_pred)`."""


class CosineSimilarity(FunctionLoss, of=functions.cosine_similarity):
    """Minus the cosine between labels and predictions along `axis`."""


class Hinge(FunctionLoss, of=functions.hinge):
    """The mean of `max(1 - y_true y_pred, 0)`, for labels of -1 or 0, and 1."""


class SquaredHinge(FunctionLoss, of=functions.squared_hinge):
    """The mean of `max(1 - y_true y_pred, 0)**2`."""


class CategoricalHinge(FunctionLoss, of=functions.categorical_hinge):
    """How far the best wrong class comes within 1 of the right one."""


class KLDivergence(FunctionLoss, of=functions.kl_divergence):
    """The sum of `y_true log(y_true / y_pred)`."""


class BinaryCrossentropy(FunctionLoss, of=functions.binary_crossentropy):
    """The cross-entropy of yes or no, of probabilities or (`from_logits`) of logits."""


class CategoricalCrossentropy(FunctionLoss, of=functions.categorical_crossentropy):
    """The cross-entropy of one-hot labels, of probabilities or (`from_logits`) of logits."""


class SparseCategoricalCrossentropy(
    FunctionLoss,
    of=functions.sparse_categorical_crossentropy,
    order="from_logits ignore_class reduction axis",
):
    """The cross-entropy of labels that are numbers of classes.

    >>> loss = tfpy.losses.SparseCategoricalCrossentropy(from_logits=True)
    >>> loss([1, 0], [[0.0, 1.0], [1.0, 0.0]])
    tfpy.tensor(0.313262)
    """


class BinaryFocalCrossentropy(FunctionLoss, of=imbalanced.binary_focal_crossentropy):
    """`BinaryCrossentropy` in which what is predicted well hardly counts.

    >>> tfpy.losses.BinaryFocalCrossentropy(gamma=2)([[1.0], [0.0]], [[0.5], [0.5]])
    tfpy.tensor(0.173287)
    """


class CategoricalFocalCrossentropy(FunctionLoss, of=imbalanced.categorical_focal_crossentropy):
    """`CategoricalCrossentropy` in which what is predicted well hardly counts."""


class Dice(FunctionLoss, of=imbalanced.dice, order="reduction name"):
    """How little masks overlap, along `axis` or in all of the batch."""


class Tversky(FunctionLoss, of=imbalanced.tversky, order="alpha beta reduction name"):
    """How little masks overlap, what is missed counting `alpha` and what is wrong `beta`."""
