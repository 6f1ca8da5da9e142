"""Lets JavaScript run a page's Python file and call its functions; loader.js loads it.

Arguments and results cross as plain data: JSON-like values are converted, buffers become typed
arrays, and what has no Python form (an ImageBitmap, a canvas) arrives as the JavaScript object.
"""

import inspect
from pathlib import Path

from js import Object
from pyodide.code import eval_code_async
from pyodide.ffi import JsProxy, jsnull, to_js

import __main__


async def run_file(url, source):
    """Run the text of a page's file; its functions are then known to ``call``."""
    # On Pyodide's disk, so that tracebacks quote it and other files can import it.
    path = Path.home() / url.rpartition("/")[2]
    path.write_text(source)
    await eval_code_async(source, globals=vars(__main__), filename=str(path))


async def call(name, args, report):
    """Call a function of the page's file; one with a ``progress`` argument may report."""
    function = getattr(__main__, name)
    keywords = {}
    if "progress" in inspect.signature(function).parameters:
        keywords["progress"] = progress_of(name, report)
    result = function(*(from_js(arg) for arg in args), **keywords)
    if inspect.isawaitable(result):
        result = await result
    return plain(result)


def progress_of(stage, report):
    """What a Python function calls as ``progress(loaded, total)`` or ``progress(loss=0.1)``."""

    def progress(loaded=None, total=None, **values):
        report(plain({"stage": stage, "loaded": loaded, "total": total, **values}))

    return progress


def from_js(value):
    """The Python form of an argument, where it has one; null is None."""
    if value is jsnull:
        return None
    return value.to_py() if isinstance(value, JsProxy) else value


def plain(value):
    """The JavaScript form of a result; an error where it has none that can be posted."""
    return to_js(value, dict_converter=Object.fromEntries, create_pyproxies=False)
