"""tfpy's side of the bench, as tfpy.js calls it: see protocol.js for what a side is."""

import gc
import inspect

from js import Object
from pyodide.ffi import to_js

import tfpy


class Side:
    """A work that is ready to run; ``step`` returns a tensor or a list of them."""

    def __init__(self, step, loop, before):
        self.step, self.loop = step, loop
        self._before = before

    def output(self):
        """All values of one step, an array for each result."""
        return to_js([to_js(x.data_sync()) for x in results(self.step())])

    def sample(self, steps):
        """Run steps and wait for the last one's results."""
        if not self.loop:
            for x in results(self.step()):
                x.data_sync()
            return
        for _ in range(steps):
            last = self.step()
        # Of its values only the first one is moved.
        (last[(0,) * last.ndim] if last.ndim else last).data_sync()

    def memory(self):
        """Bytes of textures since ``start``: in use now, and at most."""
        used, made = (now - then for now, then in zip(textures(), self._before, strict=True))
        return to_js({"bytes": used, "peak_bytes": made}, dict_converter=Object.fromEntries)


def results(found):
    """A step's results as a list."""
    return found if isinstance(found, list) else [found]


def textures():
    """Bytes in use, and the most there were since the pool was cleared, free textures included."""
    memory = tfpy.memory()
    used = memory["num_bytes_in_gpu"]
    return used, max(used + memory["num_bytes_free"], tfpy.backend().pool.most_bytes)


async def start(module, data, loop):
    """The side of the work that ``module`` prepares."""
    # Without textures that earlier works have left, those that this one needs show.
    gc.collect()
    pool = tfpy.backend().pool
    pool.clear()
    pool.most_bytes = 0
    before = textures()
    step = module.prepare(data)
    return Side(await step if inspect.isawaitable(step) else step, loop, before)


async def profile(side):
    """A table of what a step of the work does on the device, as HTML."""
    return (await tfpy.profile(side.step))._repr_html_()


def describe():
    """Version, backend and device."""
    device = tfpy.backend().describe()
    names = {"tfpy": tfpy.__version__, "backend": tfpy.get_backend()}
    names |= {"device": device.get("device", ""), "driver": device.get("version", "")}
    return to_js(names, dict_converter=Object.fromEntries)
