"""Runs the bench's works without a browser: the WebGL kernels and plans on OpenGL ES through EGL.

    .venv/bin/python web/bench/native.py [--work matmul_512 ...] [--quick]

Takes whatever device EGL gives: a graphics card, else Mesa's llvmpipe, which draws on the CPU. The
works are those of the pages (works/), their outputs are compared with NumPy's before anything is
timed. Prints a table; a full run goes into web/docs/: one more line of bench/native-<device>.json,
and performance.md made anew. Works on real models need their folder (tests/models_folder.py);
without it they are left out.
"""

import argparse
import asyncio
import gc
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE), str(HERE / "works")]

import native_works  # noqa: E402
import report  # noqa: E402

import tfpy  # noqa: E402
from tests import models_folder  # noqa: E402

# Drivers keep compiled shaders from process to process: then no first run is a first one.
NO_SHADER_CACHE = {"MESA_SHADER_CACHE_DISABLE": "true", "__GL_SHADER_DISK_CACHE": "0"}
# A sample lasts at least so long, and all of a work's samples together about so long; milliseconds.
MIN_SAMPLE, BUDGET = 20.0, 3000.0
LEAST_ROUNDS, MOST_ROUNDS = 3, 30
WARM_UP = 2


def main():
    """Run the bench as the command line says; exit with a message where something failed."""
    parser = argparse.ArgumentParser(description="Run the bench's works without a browser.")
    parser.add_argument("--work", action="append", dest="works", help="only this one; repeatable")
    parser.add_argument("--quick", action="store_true", help="only prove that it works")
    options = parser.parse_args()
    works = native_works.table(models_folder.folder())
    if unknown := set(options.works or ()) - set(works):
        sys.exit(f"no such work: {', '.join(unknown)}; there are {', '.join(works)}")
    wanted = {name: works[name] for name in options.works or works}
    os.environ |= NO_SHADER_CACHE
    run, failures = measure(wanted, options.quick)
    report.print_table(report.NATIVE_HEAD, map(report.native_cells, run["rows"]), left=1)
    if failures:
        sys.exit("\n".join(["", "FAILED:", *failures]))
    missing = not models_folder.folder().is_dir()
    if missing:
        print(f"works on real models are left out for want of {models_folder.folder()}")
    if not (options.works or options.quick or missing):
        print(f"recorded: {report.record_native(run)}")


def measure(works, quick=False):
    """(the run's record, texts of failures) of ``works``."""
    tfpy.set_backend("webgl")
    device = tfpy.backend().describe()
    rows, failures = [], []
    for name, work in works.items():
        print(f"{device['device']}: {name} ...", file=sys.stderr, flush=True)
        try:
            rows.append({"work": name, **measure_one(work, quick)})
        except (tfpy.TfpyError, AssertionError) as error:
            failures.append(f"{name}: {error}")
    about = {
        **report.now(),
        "device": device["device"],
        "driver": device["version"],
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "tfpy": tfpy.__version__,
    }
    return {**about, "rows": rows}, failures


def measure_one(work, quick):
    """A work's times per unit, bytes of textures, and its largest error against NumPy."""
    expected = on_numpy(work)
    gc.collect()
    pool = tfpy.backend().pool
    pool.clear()
    pool.most_bytes = 0
    before = textures()
    step = work.prepare()
    error = compare(outputs(step, work.steps), expected, work.tolerance)
    used, made = (now - then for now, then in zip(textures(), before, strict=True))
    about = {"max_error": error, "bytes": used, "peak_bytes": made}
    times = first_times(work, quick) if work.once else usual_times(work, step, quick)
    return {**times, **about}


def first_times(work, quick):
    """The time of a first run, the model loaded and nothing compiled."""
    found = []
    for _ in range(1 if quick else LEAST_ROUNDS):
        start_anew()
        found.append(sample(work.prepare(), work.loop, 1))
    return {"ms": median(found), "kernel_ms": None}


def start_anew():
    """A backend that has compiled nothing."""
    tfpy.remove_backend("webgl")
    tfpy.set_backend("webgl")


def usual_times(work, step, quick):
    """The time of one more run, and what of it the device reports."""
    once = min(sample(step, work.loop, 1) for _ in range(WARM_UP))
    steps = max(1, round(MIN_SAMPLE / once)) if work.loop and not quick else 1
    rounds = min(max(int(BUDGET / once / steps), LEAST_ROUNDS), MOST_ROUNDS)
    rounds = 1 if quick else rounds
    ms = median(sample(step, work.loop, steps) / steps for _ in range(rounds))
    on_device = [asyncio.run(tfpy.time(step)).kernel_ms for _ in range(min(rounds, 5))]
    kernel_ms = None if None in on_device else median(on_device) / work.per_step
    return {"ms": ms / work.per_step, "kernel_ms": kernel_ms}


def on_numpy(work):
    """The outputs that the same step has on NumPy."""
    tfpy.set_backend("numpy")
    try:
        return outputs(work.prepare(), work.steps)
    finally:
        tfpy.set_backend("webgl")


def outputs(step, steps):
    """All results of the first steps as arrays."""
    return [x.numpy() for _ in range(steps) for x in results(step())]


def results(found):
    """A step's results as a list."""
    return found if isinstance(found, list) else [found]


def compare(actual, expected, tolerance):
    """The largest absolute difference; an `AssertionError` where it is not small."""
    assert len(actual) == len(expected), f"{len(actual)} results, NumPy has {len(expected)}"
    errors = []
    for x, y in zip(actual, expected, strict=True):
        largest, error = np.abs(y).max(), np.abs(x - y).max()
        assert 0 < largest < np.inf, "NumPy's values are no proof"
        # Not the other way round: a NaN must fail.
        assert error <= tolerance * largest, f"off by {error}, values reach {largest}"
        errors.append(float(error))
    return max(errors)


def sample(step, loop, steps):
    """Milliseconds until the last of ``steps`` is computed; in a loop one value is read, else
    all."""
    start = time.perf_counter()
    for _ in range(steps):
        last = results(step())
    for x in last:
        (x[(0,) * x.ndim] if loop and x.ndim else x).data_sync()
    return 1000 * (time.perf_counter() - start)


def textures():
    """Bytes in use, and the most there were since the pool was cleared, free textures included."""
    memory = tfpy.memory()
    used = memory["num_bytes_in_gpu"]
    return used, max(used + memory["num_bytes_free"], tfpy.backend().pool.most_bytes)


if __name__ == "__main__":
    main()
