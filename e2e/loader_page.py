"""What test_loader.py calls in a page, as a page's own Python file would be called."""

import asyncio
from array import array

import js


async def add(a, b=10):
    """Run after a turn of the event loop."""
    await asyncio.sleep(0)
    return a + b


def describe(value):
    """What arrived from JavaScript."""
    return repr(value)


def width(image):
    """A property of something that stays a JavaScript object."""
    return image.width


def halves(values):
    """A typed array in, a nested result out."""
    return {"values": array("f", [value / 2 for value in values]), "more": [(1, "two", None)]}


def count(to, progress):
    """Report in both ways."""
    for i in range(to):
        progress(i + 1, to)
    progress(loss=0.5)


def fail():
    """Raise."""
    raise ValueError("told you")


def unsendable():
    """Return what JavaScript cannot get."""
    return object()


async def wait():
    """Never answer."""
    await asyncio.Event().wait()


def break_down():
    """Use up WebAssembly's stack, which Pyodide does not survive."""
    nested = []
    for _ in range(1_000_000):
        nested = [nested]
    repr(nested)


async def leave():
    """End the worker, which sends no event, as when a browser ends it."""
    js.close()
    await wait()


def throw_in_a_timer():
    """An error that nothing catches; Python is as well as before."""
    js.setTimeout(js.Function.new("throw new Error('in a timer')"), 0)


async def nap():
    """Answer late."""
    await asyncio.sleep(0.5)
    return "rested"


async def load(url, progress=None):
    """As a page's Python loads a model: what the address names happens on the way."""
    progress(1, 2)
    if url.endswith("break_down"):
        break_down()
    await leave()


def default_url():
    """Where the model is usually."""
    return "usual"
