"""The page's side of the ``python_page`` fixture: runs what a test sends. Needs wire.py."""

from pyodide.code import eval_code_async
from wire import decode, encode


async def run(source, arguments):
    """Run ``source`` (top-level await allowed) with its own globals; its last value, encoded."""
    names = {"__name__": "__test__", **decode(arguments)}
    return encode(await eval_code_async(source, globals=names, filename="<test>"))
