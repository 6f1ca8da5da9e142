"""Runs frames of a moving picture through face mesh, by tfpy and by TensorFlow.js's own package, on
WebGL in one page and by turns; prints frames per second, their ratio, and what memory did.

    make frames     or .venv/bin/python -m e2e.frames --frames 50

The frames are those of Chromium's fake camera, which shows a film of a photo of a face that drifts;
each is drawn on a canvas, which both then look at. Fails if a face is missed, if the two see it in
different places, if memory grows, or if a thousand frames are not FASTER than TensorFlow.js's. What
a thousand frames showed goes into web/docs/performance.md.
"""

import argparse
import math
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from PIL import Image

from e2e.browsers import launch
from e2e.conftest import ROOT, serve

sys.path.insert(0, str(ROOT / "web" / "bench"))
import report

from tests import models_folder

#: The only one of the three whose fake camera can show a film.
BROWSER = "chromium"
#: Frames from which a run is recorded.
MANY = 1000
#: How many times TensorFlow.js's frame rate such a run must reach.
FASTER = 1.5

BLOCK = 10  # frames after each of which memory is looked at
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

  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const element = document.createElement("video");
  globalThis.video = Object.assign(element, { muted: true, srcObject: stream });
  await video.play();
  const { videoWidth: width, videoHeight: height } = video;
  globalThis.frame = Object.assign(document.createElement("canvas"), { width, height });
  const context = frame.getContext("2d");
  // The video itself may show a newer picture to whoever looks last, even if it is paused.
  globalThis.next = async () => {
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    context.drawImage(video, 0, 0);
  };
}"""

#: Both sides look at each frame, in turn the one or the other first; the times are of the looking.
LOOK = """async (count) => {
  const sides = {
    ours: async () => (await ours.call("look", frame)).map(([x, y]) => [x, y]),
    theirs: async () => {
      const [face] = await theirs.estimateFaces(frame, { flipHorizontal: false });
      return face ? face.keypoints.map(({ x, y }) => [x, y]) : [];
    },
  };
  const seen = { ours: [], theirs: [] };
  const ms = { ours: 0, theirs: 0 };
  for (let i = 0; i < count; i++) {
    await next();
    const names = i % 2 ? ["theirs", "ours"] : ["ours", "theirs"];
    for (const name of names) {
      const start = performance.now();
      seen[name].push(await sides[name]());
      ms[name] += performance.now() - start;
    }
  }
  const most = (mesh, other) =>
    Math.max(...mesh.map(([x, y], k) => Math.hypot(x - other[k][0], y - other[k][1])));
  const apart = seen.ours.map((mesh, i) => {
    const other = seen.theirs[i];
    return mesh.length && mesh.length === other.length ? most(mesh, other) : 1e9;
  });
  const [places, memory] = [seen.ours.map(([point]) => point), await ours.call("memory")];
  return { ms, apart, places, memory, missed: seen.ours.filter((mesh) => !mesh.length).length };
}"""


def film(path, frames=120):
    """Write what the camera shows, again and again: a photo that drifts once around."""
    photo = Image.open(models_folder.require() / "images" / "astronaut_320.png").convert("RGB")
    with open(path, "wb") as file:
        for i in range(frames):
            turn = 2 * math.pi * i / frames
            frame = Image.new("RGB", photo.size)
            frame.paste(photo, (round(20 * math.sin(turn)), round(12 * math.cos(turn))))
            frame.save(file, "JPEG", quality=95)


def main():
    """Run as the command line says; exit with a message if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=MANY)
    options = parser.parse_args()
    found = run(options.frames)
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


def run(frames):
    """What happened: frames per second of both, missed faces, memory early and at the end."""
    with tempfile.TemporaryDirectory() as folder, serve() as server:
        shown = Path(folder, "face.mjpeg")
        film(shown)
        browser = launch(BROWSER, film=shown)
        try:
            blocks = look(browser, server.url, frames)
        finally:
            browser.close()
    ours, theirs = (sum(b["ms"][side] for b in blocks) / frames for side in ("ours", "theirs"))
    return {
        "frames": frames,
        "tfpy_fps": 1000 / ours,
        "tfjs_fps": 1000 / theirs,
        "ratio": theirs / ours,
        "ratio_of_blocks": median(b["ms"]["theirs"] / b["ms"]["ours"] for b in blocks),
        "missed": sum(b["missed"] for b in blocks),
        "most_apart": max(max(b["apart"]) for b in blocks),
        "places": len({tuple(place) for b in blocks for place in b["places"] if place}),
        "memory_first": blocks[0]["memory"],
        "memory_last": blocks[-1]["memory"],
    }


def look(browser, url, frames):
    """What both sides saw of so many frames, a dict for each block of them."""
    page = browser.new_page()
    page.goto(f"{url}/e2e/blank.html")
    page.evaluate(START, timeout=240)
    page.evaluate(LOOK, BLOCK, timeout=240)  # shaders are compiled, and regions found
    counts = [min(BLOCK, frames - first) for first in range(0, frames, BLOCK)]
    return [page.evaluate(LOOK, count, timeout=240) for count in counts]


def faults(found):
    """What is wrong with a run, in words."""
    first, last = found["memory_first"], found["memory_last"]
    grown = [name for name in first if last[name] > first[name]]
    slow = found["frames"] >= MANY and found["ratio"] < FASTER
    return [
        *([f"{found['missed']} frames without a face"] if found["missed"] else []),
        *([f"landmarks {found['most_apart']:.3f} pixels apart"] * (found["most_apart"] > APART)),
        *(["the camera stands still"] * (found["places"] < min(found["frames"], 10))),
        *([f"only {found['ratio']:.2f} times as many frames as TensorFlow.js"] * slow),
        *(f"{name} grew from {first[name]} to {last[name]}" for name in grown),
    ]


if __name__ == "__main__":
    main()
