"""Measures how exact operations are and writes web/docs/accuracy.md.

    .venv/bin/python e2e/accuracy.py [--on numpy egl chromium firefox webkit]

Each place's errors go into web/docs/accuracy/<place>.json; the page is made of what lies there.
What is measured, and in which units: tests/ulps.py and tests/sums.py.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "web")]

from serve import Server  # noqa: E402

import tfpy  # noqa: E402
from e2e.browsers import NAMES, launch  # noqa: E402
from e2e.python_page import PythonPage  # noqa: E402
from e2e.test_op_samples import run_rows  # noqa: E402
from tests import sample_runner, sums, ulps  # noqa: E402

DOCS = ROOT / "web" / "docs"
RESULTS = DOCS / "accuracy"
TITLES = {
    "numpy": "NumPy",
    "egl": "WebGL kernels on EGL",
    "chromium": "Chromium",
    "firefox": "Firefox",
    "webkit": "WebKit",
}
HEAD = """# How exact operations are

The largest error of each elementwise operation on float32, in units in the last place: 0.5 is a
correctly rounded result. Near: {points} points where the operation is smooth and of everyday size.
Wide: as many numbers of all sizes from 1e-6 to 1e6, also negative (angles to 1e5: beyond, the
reduction to a quarter turn loses digits, and past 1e7 nothing is left of them). GLSL itself
promises 2.5 for a division, for `exp` 3 + 2 |x|, and for `sin` and `cos` no relative error at all;
where a browser's own functions would be worse than a few, tfpy computes its own.

Made by `e2e/accuracy.py`; the browser tests hold every error below {bound}.
"""
SUMS = """
## Sums

What adds up some hundred terms and more, each of random sign, in units of 2^-24 of the sum of their
magnitudes: about what rounding one such number costs. Held below {bound}.
"""


def measure(place):
    """The errors on one place: "numpy", "egl" or a browser."""
    if place in NAMES:
        with Server(mounts={"/e2e": ROOT / "e2e"}) as server:
            browser = launch(place)
            try:
                page = PythonPage(browser, server.url, "main")
                return errors(lambda rows: run_rows(page, rows))
            finally:
                browser.close()
    tfpy.set_backend("webgl" if place == "egl" else place)
    return errors(lambda rows: sample_runner.run_samples(tfpy, rows))


def errors(run):
    """Those of all operations by name, where `run` computes rows: near and wide, or of sums."""
    return {**ulps.errors(run(ulps.rows())), **sums.errors(run(sums.rows()))}


def too_large(found):
    """The errors that are above what is promised."""
    bounds = {list: ulps.BOUND, float: sums.BOUND}
    return {op: error for op, error in found.items() if worst(error) > bounds[type(error)]}


def worst(error):
    """The largest of an operation's errors."""
    return max((e or 0 for e in error), default=0) if isinstance(error, list) else error


def page(found):
    """The Markdown page of errors by place and operation."""
    places = [place for place in TITLES if place in found]
    ops = sorted(set().union(*found.values()))
    added = [op for op in ops if any(isinstance(found[p].get(op), float) for p in places)]
    head = HEAD.format(points=ulps.POINTS, bound=ulps.BOUND)
    lines = [head, *table(found, places, [op for op in ops if op not in added], ", near / wide")]
    lines += [SUMS.format(bound=sums.BOUND), *table(found, places, added, "")]
    return "\n".join(lines) + "\n"


def table(found, places, ops, what):
    """The lines of a table of operations by place, whose columns say `what` they show."""
    titles = " | ".join(f"{TITLES[p]}{what}" for p in places)
    rows = [f"| `{op}` | {' | '.join(cells(found[p].get(op)) for p in places)} |" for op in ops]
    return [f"| operation | {titles} |", "|---" * (len(places) + 1) + "|", *rows]


def cells(error):
    """An operation's errors as text."""
    return " / ".join(map(cell, error)) if isinstance(error, list) else cell(error)


def cell(error):
    """One error as text."""
    return "-" if error is None else f"{error:.1f}"


def recorded():
    """The errors that lie in the repository, by place."""
    files = sorted(RESULTS.glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def main():
    """Measure where the command line says, and make the page anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", nargs="*", choices=list(TITLES), default=list(TITLES))
    RESULTS.mkdir(exist_ok=True)
    for place in parser.parse_args().on:
        found = measure(place)
        lines = [f'  "{op}": {json.dumps(error)}' for op, error in found.items()]
        (RESULTS / f"{place}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{place}: {len(found)} operations, at most {max(map(worst, found.values()))} units")
    (DOCS / "accuracy.md").write_text(page(recorded()))


if __name__ == "__main__":
    main()
