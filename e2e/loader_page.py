"""What test_loader.py calls in a page, as a page's own Python file would be called."""

import asyncio
from array import array


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
