"""tfpy's side of the bench, as tfpy.js calls it: see protocol.js for what a side is."""

import inspect

from js import Object
from pyodide.ffi import to_js

import tfpy


class Side:
    """A work that is ready to run; ``step`` returns a tensor."""

    def __init__(self, step, loop):
        self.step, self.loop = step, loop

    def output(self):
        """All values of one step."""
        return to_js(self.step().data_sync())

    def sample(self, steps):
        """Run steps and wait for the last one's result."""
        if not self.loop:
            self.step().data_sync()
            return
        for _ in range(steps):
            last = self.step()
        # Of its values only the first one is moved.
        (last[(0,) * last.ndim] if last.ndim else last).data_sync()


async def start(module, data, loop):
    """The side of the work that ``module`` prepares."""
    step = module.prepare(data)
    return Side(await step if inspect.isawaitable(step) else step, loop)


def describe():
    """Version, backend and device."""
    device = tfpy.backend().describe()
    names = {"tfpy": tfpy.__version__, "backend": tfpy.get_backend()}
    names |= {"device": device.get("device", ""), "driver": device.get("version", "")}
    return to_js(names, dict_converter=Object.fromEntries)
