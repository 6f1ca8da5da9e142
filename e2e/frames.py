"""Runs frames of a moving picture through face mesh, by tfpy and by TensorFlow.js's own package, on
WebGL in one page and by turns; prints frames per second, their ratio, and what memory did.

    make frames     or .venv/bin/python -m e2e.frames --frames 50

The frames are those of a camera (a canvas's stream) on which a photo of a face drifts; each is
held still until both have looked at it. Fails if a face is missed, if the two see it in different
places, or if memory grows. What a thousand frames showed goes into web/docs/performance.md.
"""

import argparse
import os
import sys
from statistics import median

from e2e.browsers import launch
from e2e.conftest import ROOT, serve

sys.path.insert(0, str(ROOT / "web" / "bench"))
import report

#: The only one of the three in which a canvas can be a camera whose frames come when asked for.
BROWSER = "chromium"
#: Frames from which a run is recorded.
MANY = 1000

BLOCK = 10  # frames that one side looks at before the other does
#: Pixels that landmarks may lie apart.
APART = 0.1

START = """async () => {
  const script = (src) => new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${src} is missing`));
    const element = document.createElement("script");
    document.head.append(Object.assign(element, { src, onload: resolve, onerror }));
  });
  const packages = "/node_modules/@tensorflow";
  globalThis.faceMesh ??= {};  // MediaPipe's own runtime, which is not used
  await script(`${packages}/tfjs/dist/tf.min.js`);
  await script(`${packages}-models/face-landmarks-detection/dist/face-landmarks-detection.min.js`);
  await tf.setBackend("webgl");
  const landmarks = "/models/facemesh/model.json";
  // The package asks for outputs by the names that they have in newer files.
  const NAMES = { Identity: "output_mesh", Identity_2: "output_faceflag" };
  const load = async () => {
    const { signature, ...model } = await tf.io.http(landmarks).load();
    for (const node of model.modelTopology.node) node.name = NAMES[node.name] ?? node.name;
    return model;
  };
  const { createDetector, SupportedModels } = faceLandmarksDetection;
  globalThis.theirs = await createDetector(SupportedModels.MediaPipeFaceMesh, {
    runtime: "tfjs",
    detectorModelUrl: "/models/blazeface/model.json",
    landmarkModelUrl: { load },
  });

  const { startPython } = await import("/loader.js");
  const python = await startPython({ worker: false });
  await python.run("/e2e/frames_page.py");
  await python.call("load");
  globalThis.ours = python;

  const photo = new Image();
  photo.src = "/models/images/astronaut_320.png";
  await photo.decode();
  globalThis.frame = Object.assign(document.createElement("canvas"), { width: 320, height: 320 });
  const context = frame.getContext("2d");
  globalThis.draw = (i) => {
    const [x, y] = [20 * Math.sin(i / 15), 12 * Math.cos(i / 11)];
    context.fillRect(0, 0, 320, 320);
    context.drawImage(photo, x, y);
  };
  const stream = frame.captureStream(0);
  const element = document.createElement("video");
  // The package asks for the size that is shown.
  const shown = { width: frame.width, height: frame.height };
  globalThis.video = Object.assign(element, { muted: true, srcObject: stream, ...shown });
  globalThis.next = (i) => new Promise((resolve) => {
    video.requestVideoFrameCallback(resolve);
    draw(i);
    stream.getVideoTracks()[0].requestFrame();
  });
  draw(0);
  await video.play();
}"""

#: Each side sees the same frames of a block, one after the other; the time is that of the looking.
LOOK = """async (first, count) => {
  const sides = {
    ours: async () => (await ours.call("look", video)).map(([x, y]) => [x, y]),
    theirs: async () => {
      const [face] = await theirs.estimateFaces(video, { flipHorizontal: false });
      return face ? face.keypoints.map(({ x, y }) => [x, y]) : [];
    },
  };
  const seen = { ours: [], theirs: [] };
  const ms = { ours: 0, theirs: 0 };
  for (const [name, look] of Object.entries(sides)) {
    for (let i = first; i < first + count; i++) {
      await next(i);
      const start = performance.now();
      seen[name].push(await look());
      ms[name] += performance.now() - start;
    }
  }
  const most = (mesh, other) =>
    Math.max(...mesh.map(([x, y], k) => Math.hypot(x - other[k][0], y - other[k][1])));
  const apart = seen.ours.map((mesh, i) => {
    const other = seen.theirs[i];
    return mesh.length && mesh.length === other.length ? most(mesh, other) : 1e9;
  });
  const memory = await ours.call("memory");
  return { ms, apart, missed: seen.ours.filter((mesh) => !mesh.length).length, memory };
}"""


def main():
    """Run as the command line says; exit with a message if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=MANY)
    options = parser.parse_args()
    with serve() as server:
        browser = launch(BROWSER)
        try:
            found = run(browser, server.url, options.frames)
        finally:
            browser.close()
    for name, value in found.items():
        print(f"{name}: {value}")
    if wrong := faults(found):
        sys.exit("; ".join(wrong))
    if options.frames >= MANY:
        report.record_frames({**about(), **found})


def about():
    """Where and when a run was."""
    return {
        "browser": BROWSER,
        **report.now(),
        "cores": len(os.sched_getaffinity(0)),
    }


def run(browser, url, frames):
    """What happened: frames per second of both, missed faces, memory early and at the end."""
    page = browser.new_page()
    page.goto(f"{url}/e2e/blank.html")
    page.evaluate(START, timeout=240)
    page.evaluate(LOOK, 0, BLOCK, timeout=240)  # shaders are compiled, and regions found
    blocks = []
    for first in range(BLOCK, BLOCK + frames, BLOCK):
        blocks.append(page.evaluate(LOOK, first, min(BLOCK, frames), timeout=240))
    page.close()
    ours, theirs = (sum(b["ms"][side] for b in blocks) / frames for side in ("ours", "theirs"))
    return {
        "frames": frames,
        "tfpy_fps": 1000 / ours,
        "tfjs_fps": 1000 / theirs,
        "ratio": theirs / ours,
        "ratio_of_blocks": median(b["ms"]["theirs"] / b["ms"]["ours"] for b in blocks),
        "missed": sum(b["missed"] for b in blocks),
        "most_apart": max(max(b["apart"]) for b in blocks),
        "memory_first": blocks[0]["memory"],
        "memory_last": blocks[-1]["memory"],
    }


def faults(found):
    """What is wrong with a run, in words."""
    first, last = found["memory_first"], found["memory_last"]
    grown = [name for name in first if last[name] > first[name]]
    return [
        *([f"{found['missed']} frames without a face"] if found["missed"] else []),
        *([f"landmarks {found['most_apart']:.3f} pixels apart"] * (found["most_apart"] > APART)),
        *(f"{name} grew from {first[name]} to {last[name]}" for name in grown),
    ]


if __name__ == "__main__":
    main()
