"""Keeps the bench's runs in web/docs and renders web/docs/performance.md from them.

    python web/bench/report.py     makes performance.md anew from docs/bench/history.json

`make bench` does that itself after each run. Standard library only.
"""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
BROWSERS = ("chromium", "firefox", "webkit")
PEER = "tfjs-webgl"

INTRODUCTION = """\
# Performance

Made by `make bench BROWSER=chromium` (then `firefox`, `webkit`) from each browser's last recorded
run; do not edit. All runs are in [bench/history.json](bench/history.json), and
[the bench's page](../bench/index.html) plots them and runs the bench in your own browser.

tfpy and TensorFlow.js run in one page by turns, on the same values and weights, after their outputs
have been compared; times are medians in milliseconds, with warm-up excluded. **ratio** is
TensorFlow.js's time divided by tfpy's: above 1, tfpy is faster. *Largest error* is the largest
absolute difference of the outputs. Times depend on the device: compare them only within a table.

- `mobilenet_v1`: MobileNetV1 1.0 224, batch 1, random weights with batch norm folded in, loaded by
  both from the same model.json; from an image in memory to 1000 probabilities in memory.
- `mobilenet_v1_fused`: the same model and result; TensorFlow.js computes them by its fused
  operations, which its layers use for relu but not for relu6: the best it can do.
- `first_prediction`: like `mobilenet_v1`, the first time in a browser just started: both libraries,
  their contexts and the model are loaded, no shader is compiled, and drivers that keep compiled
  shaders on disk are told not to. Both send the weights to the device now.
- `mobilenet_v2`: MobileNetV2 1.0 224, batch 1, random weights, a graph as TensorFlow.js's converter
  wrote those of TensorFlow Hub; from an image in memory to 1000 probabilities in memory.
- `mobilenet_v2_050_96`, `posenet`, `blazeface`, `facemesh`: published graph models with their own
  weights (MobileNetV2 0.50 96, PoseNet 0.50 stride 16 at 257x257, BlazeFace 128x128, FaceMesh
  192x192), loaded from the same files; from an image in memory to all outputs in memory.
- `train_step`: forward, loss, backward and SGD update of a small convolutional network (two
  convolutions 5x5 with pooling, one dense layer) on 32 images of 28x28, until the loss is in
  memory; tfpy's whole step is a plan. The losses of the first five steps are compared.
- `dispatch`: one operation on 32 numbers, called from Python or JavaScript, in a chain of 1000;
  TensorFlow.js's forwarding of small operations to the CPU is off.
- `chain`: four additions and multiplications of a million elements, in tfpy as a plan;
  `chain_eager`: the same, operation by operation.
- The others are single operations: many in a row, then one value read back.
- `tfjs-webgl` is the like-for-like peer. For orientation: `tfjs-wasm`, TensorFlow.js's WebAssembly
  backend, and `onnx-wasm`, onnxruntime-web's, where the work is easily said in ONNX; both with SIMD
  and one thread.
"""


def record(run, docs=DOCS):
    """Add a complete run to the history, and make what is shown of it."""
    history = append(run, docs / "bench" / "history.json")
    history.with_name(f"{run['browser']}.json").write_text(one_per_line(run["rows"]))
    render(docs)


def record_native(run, docs=DOCS):
    """The same for a run without a browser; returns the file."""
    device = re.sub(r"[^a-z0-9]+", "-", run["device"].lower()).strip("-")
    path = append(run, docs / "bench" / f"native-{device}.json")
    render(docs)
    return path


def record_frames(run, docs=DOCS):
    """The same for a run of camera frames (e2e/frames.py)."""
    append(run, docs / "bench" / FRAMES_FILE)
    render(docs)


def read(path):
    """The runs that a file keeps, oldest first."""
    return json.loads(path.read_text()) if path.exists() else []


def append(run, path):
    """Add a run to those that a file keeps; returns the file."""
    runs = [*read(path), run]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(one_per_line(runs))
    return path


def now():
    """When a run was, and of what: `date` (UTC) and `commit`, the one that is checked out, with "+"
    where files differ from it; empty outside a clone."""
    command = ["git", "-C", str(DOCS), "describe", "--always", "--dirty=+", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return {"date": date, "commit": found.stdout.strip()}


def one_per_line(items):
    """A list as JSON in which a new item changes no other line."""
    lines = ",\n".join(map(json.dumps, items))
    return f"[\n{lines}\n]\n"


def render(docs=DOCS):
    """Write performance.md from the last run of each browser and of each device without one."""
    runs = read(docs / "bench" / "history.json")
    last = {run["browser"]: run for run in runs}
    shown = [last[name] for name in BROWSERS if name in last]
    parts = [INTRODUCTION, summary(shown), limits(shown), startup(shown), memory(shown)]
    parts += [*map(section, shown), *map(wheels, runs[-1:]), *frames(docs), *native(docs)]
    (docs / "performance.md").write_text("\n".join(parts))


def summary(runs):
    """Ratios of all browsers side by side."""
    works = list(dict.fromkeys(row["work"] for run in runs for row in run["rows"]))
    ratios = {
        (run["browser"], row["work"]): f"{row['ratio']:.2f}"
        for run in runs
        for row in run["rows"]
        if row["peer"] == PEER
    }
    names = [run["browser"] for run in runs]
    lines = [[f"`{work}`", *(ratios.get((name, work), "") for name in names)] for work in works]
    return f"## Ratio to TensorFlow.js webgl\n\n{markdown(['work', *names], lines)}"


def limits(runs):
    """What the devices can do at best; runs of old did not ask."""
    lines = [
        [run["browser"], *(f"{run['limits'][key]:.2f}" for key in LIMITS)]
        for run in runs
        if "limits" in run
    ]
    return f"""## Limits, in billions a second

What a bare shader reaches in the same page (web/bench/limits.js): texels of four floats read from a
small texture, texels written, and numbers multiplied and added. A work can be no faster than what
it counts of these: a sum of a million reads 250,000 texels, whoever computes it.

{markdown(["browser", *LIMITS.values()], lines)}"""


def startup(runs):
    """How long it takes until tfpy can be used."""
    head = ["browser", "", "Python ready", "import tfpy", "backend started", "page ready"]
    keys = ("python_ms", "import_ms", "backend_ms", "ready_ms")
    lines = [
        [run["browser"], kind, *(f"{run['startup'][kind][key]:.0f}" for key in keys)]
        for run in runs
        for kind in ("cold", "warm")
    ]
    return f"""## Starting, in milliseconds

From the navigation until Python runs; `import tfpy` from the compiled wheel; starting the WebGL
backend; and all of it, from the navigation until tfpy can be used. Cold is the first page of a
browser just started, warm the next page in it. Files come from this machine.

{markdown(head, lines)}"""


def memory(runs):
    """Bytes of textures on both sides; runs of old did not count them."""
    head = ["browser", "work", "tfpy", "tfpy, at most", "TF.js", "TF.js, at most"]
    lines = [
        [run["browser"], f"`{row['work']}`", *(f"{row[key] / 1e6:.1f}" for key in BYTES)]
        for run in runs
        for row in run["rows"]
        if row["peer"] == PEER and "bytes" in row
    ]
    return f"""## Textures, in megabytes

What a work holds on the device once it has run (inputs, weights and what is made of them), and at
most meanwhile. tfpy's maximum is that of all its textures, free ones included;
TensorFlow.js's is the largest value of its own count of those in use.

{markdown(head, lines)}"""


def section(run):
    """One browser's table."""
    return f"""## {run["browser"]}

{run["browser"]} {run["browser_version"]}, device "{run["device"]}", driver "{run["driver"]}",
{run["cores"]} logical cores; tfpy {run["tfpy"]} {run.get("commit", "")} on {run["backend"]},
Pyodide {run["pyodide"]}, TensorFlow.js {run["tfjs"]},
onnxruntime-web {run.get("onnxruntime", "-")}; {run["date"]}.

{markdown(HEAD, map(cells, run["rows"]))}"""


def wheels(run):
    """Sizes of the wheels."""
    lines = [[f"`{wheel['name']}`", f"{wheel['bytes'] / 1000:.1f}"] for wheel in run["wheels"]]
    return f"## Wheels\n\n{markdown(['wheel', 'KB'], lines)}"


def frames(docs):
    """What the last run of camera frames found."""
    for run in read(docs / "bench" / FRAMES_FILE)[-1:]:
        first, last = run["memory_first"], run["memory_last"]
        held = [f"{m['num_tensors']} / {m['num_bytes_in_gpu'] / 1e6:.1f}" for m in (first, last)]
        values = [f"{run[key]:.2f}" for key in ("tfpy_fps", "tfjs_fps", "ratio")]
        line = [*values, str(run["missed"]), f"{run['most_apart']:.1e}", *held]
        yield f"""{FRAMES}
{run["frames"]} frames, {run["browser"]}, {run["cores"]} logical cores; tfpy {run["commit"]};
{run["date"]}.

{markdown(FRAMES_HEAD, [line])}"""


def native(docs):
    """A table for each device on which the bench ran without a browser."""
    paths = sorted((docs / "bench").glob("native-*.json"))
    if paths:
        yield NATIVE
    for path in paths:
        run = read(path)[-1]
        about = (
            f'{run["cores"]} logical cores, driver "{run["driver"]}"; tfpy {run["tfpy"]}\n'
            f"{run['commit']}, Python {run['python']}; {run['date']}."
        )
        table = markdown(NATIVE_HEAD, map(native_cells, run["rows"]))
        yield f"### {run['device']}\n\n{about}\n\n{table}"


# -------------------------------------------------------------------------------- tables

LIMITS = {
    "reads": "texels read",
    "writes": "texels written",
    "multiply_adds": "multiplications with addition",
}
BYTES = ("bytes", "peak_bytes", "peer_bytes", "peer_peak_bytes")
NATIVE = """\
## Without a browser

`make bench-native` runs the same works, compared with NumPy, in ordinary Python through EGL. *On
the device* is what the device's own timer says of one step, in milliseconds.
"""
FRAMES_FILE = "frames.json"
FRAMES = """\
## Camera frames

`make frames` shows a thousand frames of a camera, on which a face drifts, to face mesh: tfpy's and
TensorFlow.js's own package by turns, in one page. *Missed* are frames in which tfpy found no face;
*apart* is how many pixels the same landmark lies apart at most; *at first* and *at last* are
tensors and megabytes of textures in use.
"""
FRAMES_HEAD = ["tfpy, 1/s", "TF.js, 1/s", "ratio", "missed", "apart", "at first", "at last"]
NATIVE_HEAD = ["work", "ms", "on the device", "largest error", "MB", "MB at most"]
HEAD = ["work", "peer", "tfpy ms", "peer ms", "ratio", "largest error"]


def cells(row):
    """A row's texts."""
    times = [f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}" for ms in (row["ms"], row["peer_ms"])]
    return [row["work"], row["peer"], *times, f"{row['ratio']:.2f}", f"{row['max_error']:.1e}"]


def native_cells(row):
    """The texts of a row measured without a browser."""
    times = ["-" if ms is None else f"{ms:.3g}" for ms in (row["ms"], row["kernel_ms"])]
    megabytes = [f"{row[key] / 1e6:.1f}" for key in BYTES[:2]]
    return [row["work"], *times, f"{row['max_error']:.1e}", *megabytes]


def markdown(head, lines):
    """A table; all but the texts at the left are aligned right."""
    rule = [
        "---" if i < 1 or name in ("", "peer", "work") else "--:" for i, name in enumerate(head)
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *lines])


def print_rows(rows):
    """The same table in a terminal."""
    print_table(HEAD, map(cells, rows), left=2)


def print_table(head, lines, left):
    """A table in a terminal, the first ``left`` columns aligned left."""
    table = [head, *lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        texts = [
            text.ljust(width) if i < left else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join(texts).rstrip())


if __name__ == "__main__":
    render()
