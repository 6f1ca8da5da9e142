"""Metrics that are means or sums of what a function gives for each sample, by Keras's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engine
from ..configured import bound, of_function
from ..losses.functions import masked_weights
from ..masks import mask_of
from ..ops import elementwise as ew
from ..ops.reduce import sum
from ..tensor import Tensor
from . import functions
from .base import Metric
from .sums import weights_of

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
]


class _Sums(Metric):
    """What sums and means keep."""

    def __init__(self, name: str | None = None, dtype: Any = None, mean: bool = True) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "total")
        self.count = self.add_variable((), "count") if mean else None

    def _add(self, values: Any, sample_weight: Any) -> None:
        """Count values of any shape in; `sample_weight` broadcasts to them."""
        values = engine.as_tensor(values, self.dtype)
        weights = None
        if sample_weight is not None:
            weights = weights_of(self.name, sample_weight, values)
            values = values * weights
        self.total.assign_add(sum(values))
        if self.count is not None:
            self.count.assign_add(float(values.size) if weights is None else sum(weights))

    def result(self) -> Tensor:
        if self.count is None:
            return self.total.value
        return ew.divide_no_nan(self.total.value, self.count.value)


class Mean(_Sums):
    """The weighted mean of all values, 0 if there are none.

    >>> mean = tfpy.metrics.Mean()
    >>> mean([1.0, 2.0]), mean(6.0)
    (tfpy.tensor(1.5), tfpy.tensor(3.))
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Count values of any shape in; `sample_weight` broadcasts to them."""
        self._add(values, sample_weight)

    def __call__(self, values: Any, sample_weight: Any = None) -> Tensor:  # type: ignore[override]
        """Count values in and give the result of all up to them."""
        self.update_state(values, sample_weight)
        return self.result()


class Sum(Mean):
    """The weighted sum of all values.

    >>> total = tfpy.metrics.Sum()
    >>> total([1.0, 2.0])
    tfpy.tensor(3.)
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        _Sums.__init__(self, name, dtype, mean=False)


class MeanMetricWrapper(_Sums):
    """The weighted mean of what a function gives for labels and predictions.

    What the mask that the predictions carry excludes does not count.

    Args:
        fn: takes labels, predictions and `options`.
        name: by default the function's.
        dtype: of the sums, by default float32.

    >>> metric = tfpy.metrics.MeanMetricWrapper(lambda t, p: tfpy.abs(t - p), "distance")
    >>> metric(tfpy.tensor([1.0, 2.0]), tfpy.tensor([2.0, 5.0]))
    tfpy.tensor(2.)
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **options: Any
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn, self.options = fn, options

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        values = self.fn(y_true, y_pred, **self.options)
        weights = masked_weights(mask_of(y_pred), sample_weight, self.dtype)
        if weights is not None:  # without weights Keras counts a class that is ignored as a 0
            weights = masked_weights(mask_of(values), weights, self.dtype)
        self._add(values, weights)

    def get_config(self) -> dict[str, Any]:
        return {**self.options, **super().get_config()}


class FunctionMetric(MeanMetricWrapper):
    """A mean of a function of `functions`; takes `name`, `dtype` and the function's options."""

    function: Callable[..., Tensor]

    def __init_subclass__(
        cls, of: Callable[..., Tensor] | None = None, called: str = "", order: str = "name dtype"
    ) -> None:
        if of is None:
            return
        cls.function = staticmethod(of)
        shown = of_function(of, order, name=called or of.__name__, dtype=None)
        cls.__signature__ = shown  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = bound(type(self), args, kwargs)
        name, dtype = options.pop("name"), options.pop("dtype")
        super().__init__(type(self).function, name, dtype, **options)


class Accuracy(FunctionMetric, of=functions.accuracy):
    """How often predictions equal labels.

    >>> tfpy.metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])
    tfpy.tensor(0.75)
    """


class BinaryAccuracy(FunctionMetric, of=functions.binary_accuracy):
    """How often a prediction is on its label's side of `threshold`."""


class CategoricalAccuracy(FunctionMetric, of=functions.categorical_accuracy):
    """How often the largest prediction is where the one-hot label is."""


class SparseCategoricalAccuracy(FunctionMetric, of=functions.sparse_categorical_accuracy):
    """How often the largest prediction is at the label."""


class TopKCategoricalAccuracy(FunctionMetric, of=functions.top_k_categorical_accuracy, order="k"):
    """How often the one-hot label is among the `k` largest predictions."""


class SparseTopKCategoricalAccuracy(
    FunctionMetric, of=functions.sparse_top_k_categorical_accuracy, order="k"
):
    """How often the label is among the `k` largest predictions."""


class MeanSquaredError(FunctionMetric, of=functions.mean_squared_error):
    """The mean of squared errors."""


class RootMeanSquaredError(
    FunctionMetric, of=functions.mean_squared_error, called="root_mean_squared_error"
):
    """The root of the mean of squared errors.

    >>> tfpy.metrics.RootMeanSquaredError()([0.0, 0.0], [3.0, 3.0])
    tfpy.tensor(3.)
    """

    def result(self) -> Tensor:
        return ew.sqrt(super().result())


class MeanAbsoluteError(FunctionMetric, of=functions.mean_absolute_error):
    """The mean of absolute errors."""


class MeanAbsolutePercentageError(FunctionMetric, of=functions.mean_absolute_percentage_error):
    """The mean of absolute errors as percentages of the labels."""


class MeanSquaredLogarithmicError(FunctionMetric, of=functions.mean_squared_logarithmic_error):
    """The mean of squared differences of logarithms."""


class LogCoshError(FunctionMetric, of=functions.log_cosh, called="logcosh"):
    """The mean of the logarithms of the errors' hyperbolic cosines."""


class Poisson(FunctionMetric, of=functions.poisson):
    """The mean of `y_pred - y_true log(y_pred)`."""


class CosineSimilarity(FunctionMetric, of=functions.cosine_similarity):
    """The mean cosine of the angles between labels and predictions along `axis`."""


class Hinge(FunctionMetric, of=functions.hinge):
    """The mean hinge loss."""


class SquaredHinge(FunctionMetric, of=functions.squared_hinge):
    """The mean squared hinge loss."""


class CategoricalHinge(FunctionMetric, of=functions.categorical_hinge):
    """The mean categorical hinge loss."""


class KLDivergence(FunctionMetric, of=functions.kl_divergence):
    """The mean Kullback-Leibler divergence."""


class BinaryCrossentropy(FunctionMetric, of=functions.binary_crossentropy):
    """The mean cross-entropy of yes or no."""


class CategoricalCrossentropy(FunctionMetric, of=functions.categorical_crossentropy):
    """The mean cross-entropy of one-hot labels."""


class SparseCategoricalCrossentropy(FunctionMetric, of=functions.sparse_categorical_crossentropy):
    """The mean cross-entropy of labels that are numbers of classes."""
