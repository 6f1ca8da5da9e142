"""Measures how exact elementwise operations are and writes web/docs/accuracy.md.

    .venv/bin/python e2e/accuracy.py [--on numpy egl chromium firefox webkit]

Each place's errors go into web/docs/accuracy/<place>.json; the page is made of what lies there.
What is measured, and in which units: tests/ulps.py.
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
from tests import sample_runner, ulps  # noqa: E402

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


def measure(place):
    """The errors on one place: "numpy", "egl" or a browser."""
    if place in NAMES:
        with Server(mounts={"/e2e": ROOT / "e2e"}) as server:
            browser = launch(place)
            try:
                page = PythonPage(browser, server.url, "main")
                return ulps.errors(run_rows(page, ulps.rows()))
            finally:
                browser.close()
    tfpy.set_backend("webgl" if place == "egl" else place)
    return ulps.errors(sample_runner.run_samples(tfpy, ulps.rows()))


def page(found):
    """The Markdown page of errors by place and operation."""
    places = [place for place in TITLES if place in found]
    lines = [HEAD.format(points=ulps.POINTS, bound=ulps.BOUND)]
    lines.append("| operation | " + " | ".join(f"{TITLES[p]}, near / wide" for p in places) + " |")
    lines.append("|---" * (len(places) + 1) + "|")
    for op in sorted(set().union(*found.values())):
        cells = [" / ".join(map(cell, found[p].get(op, (None, None)))) for p in places]
        lines.append(f"| `{op}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


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
        lines = [f'  "{op}": {json.dumps(pair)}' for op, pair in found.items()]
        (RESULTS / f"{place}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        worst = max((e for pair in found.values() for e in pair if e is not None), default=0)
        print(f"{place}: {len(found)} operations, at most {worst} ulp")
    (DOCS / "accuracy.md").write_text(page(recorded()))


if __name__ == "__main__":
    main()
