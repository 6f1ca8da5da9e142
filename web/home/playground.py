"""Runs the code that a visitor wrote, and returns what it prints."""

import contextlib
import io
import time
import traceback

from pyodide.code import eval_code_async

import tfpy

FILE = "example.py"


async def execute(source):
    """Run Python with names of its own; the value of a last expression is shown as well."""
    started = time.perf_counter()
    output = io.StringIO()
    failed = False
    with contextlib.redirect_stdout(output):
        try:
            value = await eval_code_async(source, globals={}, filename=FILE)
            if value is not None:
                print(repr(value))
        except BaseException as error:
            print(explain(error))
            failed = True
    ms = (time.perf_counter() - started) * 1000
    return {"output": output.getvalue(), "failed": failed, "ms": ms}


def explain(error):
    """A traceback that begins in the visitor's code."""
    report = traceback.TracebackException.from_exception(error)
    files = [frame.filename for frame in report.stack]
    del report.stack[: files.index(FILE) if FILE in files else len(files)]
    return "".join(report.format()).rstrip()


def device():
    """What tfpy computes on."""
    return {"backend": tfpy.get_backend(), "device": tfpy.backend().describe().get("device")}
