"""Data for training and prediction: datasets, and where their elements come from.

TensorFlow.js's `tf.data` with the names of TensorFlow's `tf.data.Dataset`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .csv_file import CSVDataset
from .dataset import INFINITE, UNKNOWN, Dataset
from .images import images
from .microphone import Microphone, microphone
from .text import TextLineDataset
from .webcam import Webcam, webcam

__all__ = [
    "INFINITE",
    "UNKNOWN",
    "CSVDataset",
    "Dataset",
    "Microphone",
    "TextLineDataset",
    "Webcam",
    "array",
    "csv",
    "generator",
    "images",
    "microphone",
    "webcam",
    "zip",
]


def array(items: Sequence[Any]) -> Dataset:
    """The items of a list as they are.

    >>> list(tfpy.data.array([{"a": 1}, {"a": 2}]))
    [{'a': 1}, {'a': 2}]
    """
    return Dataset.from_generator(lambda: items, lambda: len(items))


def generator(f: Callable[[], Any]) -> Dataset:
    """The elements of the iterator, asynchronous or not, that `f()` gives: `from_generator`."""
    return Dataset.from_generator(f)


def csv(where: Any, **options: Any) -> CSVDataset:
    """The rows of a CSV file; takes the options of `CSVDataset`."""
    return CSVDataset(where, **options)


zip = Dataset.zip
