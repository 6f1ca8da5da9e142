"""Every error tfpy raises on purpose.

Each derives from `TfpyError` and from the built-in exception a Python user would expect, so both
`except tfpy.TfpyError` and `except ValueError` work. Messages name the operation, the argument and
the value; this module holds no logic.
"""


class TfpyError(Exception):
    """Base class of all tfpy errors."""


class ShapeError(TfpyError, ValueError):
    """Shapes, axes or sizes do not fit the operation."""


class DTypeError(TfpyError, TypeError):
    """An element type is unknown, or the operation does not take it."""


class ArgumentError(TfpyError, ValueError):
    """An option has a value the operation does not know."""


class DisposedError(TfpyError, RuntimeError):
    """A tensor or model was used after `dispose()`."""


class ImmutableError(TfpyError, TypeError):
    """An element of a tensor was assigned to; tensors never change."""


class GradientError(TfpyError, ValueError):
    """A gradient was asked for that does not exist."""


class TraceError(TfpyError, RuntimeError):
    """A function being traced needs a tensor's values, or an argument no plan can have."""


class BackendError(TfpyError, RuntimeError):
    """A backend is unknown, unavailable here, or lacks a kernel."""


class DeviceLimitError(BackendError):
    """A tensor or program is larger than the device can hold."""


class ShaderError(BackendError):
    """A shader failed to compile or link; the message shows the offending source line."""


class ContextLostError(BackendError):
    """The graphics context was lost; tensors that lived only there are gone."""


class AsyncOnlyError(TfpyError, RuntimeError):
    """What would have to wait was asked for in a form that cannot: there is one with await."""


class DataError(TfpyError, ValueError):
    """A file of data is not what it should be; the message names the row."""


class NonFiniteLossError(TfpyError, RuntimeError):
    """Training has met a loss or weights that are not finite; the weights are those from before."""


class ModelFormatError(TfpyError, ValueError):
    """A model file is missing a part, is damaged, or is not a model at all."""


class UnsupportedError(ModelFormatError):
    """A model needs layers or operations tfpy does not have; the message lists all of them."""


class FetchError(TfpyError, OSError):
    """A file or URL could not be read."""


class IntegrityError(FetchError):
    """A file is not the one whose SHA-256 is known."""


class ImageError(TfpyError, ValueError):
    """An image source is empty, not ready, or of a kind that cannot be read."""


class MediaError(TfpyError, OSError):
    """There is no camera or microphone, or the page may not use it."""


class StorageError(TfpyError, OSError):
    """A model cannot be kept or found where it was asked for; nothing else there has changed."""


class ExecutionError(TfpyError, RuntimeError):
    """A model's graph cannot be run to its end: a loop without end, or nothing to be computed."""
