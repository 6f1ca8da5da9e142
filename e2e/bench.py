"""Runs the bench (web/bench) in one browser: tfpy against TensorFlow.js, and how tfpy starts.

    .venv/bin/python e2e/bench.py --browser chromium [--work mobilenet_v1 ...] [--quick]

Prints a table and writes its rows as JSON to $BENCH_JSON. Without that, a full run goes into
web/docs/: bench/<browser>.json, one more entry of bench/history.json, and performance.md made anew;
a part of the table (--work or $BENCH_WORKS, separated by commas) or a quick run goes into
e2e/artifacts/. Fails if a work fails, which is also when its outputs differ from TensorFlow.js's.
Works on real models need their folder (tests/models_folder.py); without it they are left out.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "web"), str(ROOT / "web" / "bench")]

from report import now, print_rows, record  # noqa: E402
from serve import Server  # noqa: E402

from e2e.browsers import NAMES, PageError, PageTimeout, launch  # noqa: E402
from tests import models_folder  # noqa: E402

FRESH_STARTS = 3
# Drivers keep compiled shaders from browser to browser: then no first prediction is a first one.
NO_SHADER_CACHE = {"MESA_SHADER_CACHE_DISABLE": "true", "__GL_SHADER_DISK_CACHE": "0"}
BOOT_TIMEOUT = 120
RUN_TIMEOUT = 240
NAMES_OF_WORKS = """async () => {
  const { works } = await import("/bench/works.js");
  return works.map(({ name }) => name);
}"""
START = """async () => {
  const { startBench } = await import("/bench/bench.js");
  globalThis.bench = await startBench();
  const works = bench.works.map(({ name, once }) => ({ name, once }));
  return { about: bench.about, missing: bench.missing, works };
}"""
STACK = "\n    at "
RUN = "async (name, options) => bench.run(name, options)"


def main():
    """Run the bench as the command line says; exit with a message where something failed."""
    options = parse()
    os.environ.update(NO_SHADER_CACHE)
    with serve() as server:
        run, failures = measure(options.browser, server.url, options.works, options.quick)
    print_rows(run["rows"])
    complete = not (options.works or options.quick or failures or run["missing"])
    if run["missing"]:
        print(f"left out for want of {models_folder.folder()}: {', '.join(run['missing'])}")
    write(run, os.environ.get("BENCH_JSON"), complete)
    if failures:
        sys.exit("\n".join(["", "FAILED:", *failures]))


def serve(**mounts):
    """The pages, cross-origin isolated: only then do browsers give a fine clock."""
    mounts = {f"/{name}": folder for name, folder in mounts.items()}
    if models_folder.folder().is_dir():
        mounts["/models"] = models_folder.folder()
    return Server(mounts={"/e2e": ROOT / "e2e", **mounts}, isolated=True)


def parse():
    """The options; works from the command line or the environment."""
    parser = argparse.ArgumentParser(description="Run the bench in one browser.")
    parser.add_argument("--browser", required=True, choices=NAMES)
    parser.add_argument("--work", action="append", dest="works", help="only this one; repeatable")
    parser.add_argument("--quick", action="store_true", help="only prove that it works")
    options = parser.parse_args()
    options.works = options.works or os.environ.get("BENCH_WORKS", "").replace(",", " ").split()
    return options


def write(run, path, complete):
    """Save the rows at ``path``, else in the documentation if the run is complete."""
    if path or not complete:
        path = Path(path or ROOT / "e2e" / "artifacts" / f"bench-{run['browser']}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run["rows"], indent=1) + "\n")
        print(f"rows: {path}")
    else:
        record(run)


# ------------------------------------------------------------------------------ measuring


def measure(name, url, wanted=(), quick=False):
    """(the run's record, texts of failures) of one browser; ``wanted``: names of works, or all."""
    browser = launch(name)
    starts, pages = [], []
    try:
        for order in range(1 if quick else FRESH_STARTS):
            # A new browser has cached nothing; then it has what a visitor has who comes back.
            if order:
                browser.restart()
            starts.append({kind: startup(browser, url) for kind in ("cold", "warm")})
            pages.append(BenchPage(browser, url, wanted))
            pages[-1].run_all(once=True, quick=quick, order=order)
        pages[-1].run_all(once=False, quick=quick)
        limits = pages[-1].limits()
    finally:
        browser.close()
    run = {
        **now(),
        **pages[-1].about,
        "rows": merge(row for page in pages for row in page.rows),
        "startup": {kind: medians([start[kind] for start in starts]) for kind in starts[0]},
        "wheels": wheels(),
        "limits": limits,
        "missing": pages[-1].missing,
    }
    return run, [failure for page in pages for failure in page.failures]


def startup(browser, url):
    """Milliseconds until Python is there, tfpy is imported and its backend ready."""
    page = browser.new_page()
    page.goto(f"{url}/bench/startup.html")
    times = page.evaluate("() => globalThis.startup", timeout=BOOT_TIMEOUT)
    page.close()
    return times


def medians(measured):
    """The median of each value of dicts with the same keys."""
    return {key: median(values[key] for values in measured) for key in measured[0]}


def merge(rows):
    """One row for those of the same work and peer, which several starts have given."""
    groups = {}
    for row in rows:
        groups.setdefault((row["work"], row["peer"]), []).append(row)
    return [middle(group) for group in groups.values()]


def middle(rows):
    """Medians of the times, the largest of the errors."""
    ms, peer_ms = (median(row[key] for row in rows) for key in ("ms", "peer_ms"))
    max_error = max(row["max_error"] for row in rows)
    return {**rows[0], "ms": ms, "peer_ms": peer_ms, "ratio": peer_ms / ms, "max_error": max_error}


def wheels():
    """Names and sizes of the wheels that were measured."""
    manifest = json.loads((ROOT / "web" / "dist" / "manifest.json").read_text())
    return [{key: wheel[key] for key in ("name", "kind", "bytes")} for wheel in manifest["wheels"]]


class BenchPage:
    """A page with both sides loaded; collects rows, and the messages of works that failed."""

    def __init__(self, browser, url, wanted):
        self.rows, self.failures = [], []
        self._page = browser.new_page()
        self._page.goto(f"{url}/e2e/blank.html")
        names = self._page.evaluate(NAMES_OF_WORKS)
        if unknown := set(wanted) - set(names):
            sys.exit(f"no such work: {', '.join(unknown)}; there are {', '.join(names)}")
        started = self._page.evaluate(START, timeout=BOOT_TIMEOUT)
        self.about = started["about"]
        self.missing = [name for name in started["missing"] if not wanted or name in wanted]
        self._works = [w for w in started["works"] if not wanted or w["name"] in wanted]

    def run_all(self, once, **options):
        """Run the works that are measured once in a page, or the others."""
        for work in self._works:
            if work["once"] == once:
                self._run(work["name"], options)

    def limits(self):
        """What the device can do at best; see web/bench/limits.js."""
        return self._page.evaluate("() => bench.limits()")

    def _run(self, name, options):
        print(f"{self.about['browser']}: {name} ...", file=sys.stderr, flush=True)
        try:
            self.rows += self._page.evaluate(RUN, name, options, timeout=RUN_TIMEOUT)
        except (PageError, PageTimeout) as error:
            # Without JavaScript's stack, which says nothing of a Python error.
            self.failures.append(f"{name}: {str(error).partition(STACK)[0]}")


if __name__ == "__main__":
    main()
