"""The text form of what tests and the page exchange: JSON, and buffers as base64.

Runs on both sides, in CPython and in Pyodide, so it knows only the standard library. Anything with
the buffer protocol (an ndarray, an ``array``) arrives as a memoryview of the same format and shape;
``numpy.asarray`` of it copies nothing. Only an empty one arrives without its shape.
"""

import base64
import json

# "l" has 8 bytes natively and 4 in the page.
PORTABLE_FORMATS = {("l", 8): "q", ("L", 8): "Q", ("l", 4): "i", ("L", 4): "I"}


def encode(value):
    """The text for a value made of JSON types and buffers."""
    return json.dumps(value, default=encode_buffer)


def encode_buffer(value):
    """A buffer as a JSON object; a TypeError for anything else."""
    view = memoryview(value)
    data = base64.b64encode(view.tobytes()).decode()
    format = PORTABLE_FORMATS.get((view.format, view.itemsize), view.format)
    return {"__buffer__": data, "format": format, "shape": view.shape}


def decode(text):
    """The value for a text made by ``encode``."""
    return json.loads(text, object_hook=decode_buffer)


def decode_buffer(value):
    """The buffer for a JSON object that stands for one; other objects as they are."""
    if "__buffer__" not in value:
        return value
    view = memoryview(base64.b64decode(value["__buffer__"]))
    return view.cast(value["format"], value["shape"]) if len(view) else view.cast(value["format"])
