"""The page's side of the ``python_page`` fixture: runs what a test sends. Needs wire.py."""

import importlib
import sys
from pathlib import Path

from pyodide.code import eval_code_async
from wire import decode, encode


async def run(source, arguments):
    """Run ``source`` (top-level await allowed) with its own globals; its last value, encoded."""
    names = {"__name__": "__test__", **decode(arguments)}
    return encode(await eval_code_async(source, globals=names, filename="<test>"))


def add(name, text):
    """Make a module of the test's own importable."""
    path = Path("/modules", *name.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if "/modules" not in sys.path:
        sys.path.append("/modules")
    importlib.invalidate_caches()
