// Runs works: tfpy against TF.js, and for orientation onnxruntime-web, in this page. No document
// needed: bench/page.js shows results.
//
//   const bench = await startBench();
//   await bench.run("mobilenet_v1");   // rows {work, browser, backend, peer, ms, peer_ms, ...}
//   bench.limits();                    // what the device can do; see limits.js
import { measureLimits } from "./limits.js";
import { prepareOnnx, startOnnx } from "./onnx.js";
import { FULL, QUICK, compare, interleave, time } from "./protocol.js";
import { prepareTfjs, startTfjs } from "./tfjs.js";
import { describeTfpy, prepareTfpy, startTfpy } from "./tfpy.js";
import { works } from "./works.js";

/** Loads all sides. `missing`: names of works that lack a file. */
export async function startBench() {
  const pyodide = await startTfpy();
  const tf = await startTfjs();
  const ort = await startOnnx();
  const versions = {
    tfjs: tf.version.tfjs,
    onnxruntime: ort.env.versions.web,
    pyodide: pyodide.version,
  };
  const about = { ...describeBrowser(), ...versions, ...describeTfpy(pyodide) };
  const bench = { pyodide, tf, ort, about };
  const found = await Promise.all(works.map(({ needs }) => !needs || exists(needs)));
  const missing = works.filter((_, i) => !found[i]).map(({ name }) => name);
  return {
    works: works.filter((_, i) => found[i]),
    missing,
    about,
    run: (name, options) => runWork(find(name), bench, options),
    limits: measureLimits,
  };
}

/** Loads tfpy alone, for a look at single works: `profile(name)` gives a table as HTML. */
export async function startProfiles() {
  const pyodide = await startTfpy();
  const profile = async (name) => {
    const work = find(name);
    const side = await prepareTfpy(pyodide, work, work.data());
    try {
      return await side.profile();
    } finally {
      side.close();
    }
  };
  return { about: { ...describeBrowser(), ...describeTfpy(pyodide) }, profile };
}

const exists = async (url) => (await fetch(url, { method: "HEAD" })).ok;

function find(name) {
  const work = works.find((work) => work.name === name);
  if (!work) throw new Error(`no work ${name}; there are ${works.map(({ name }) => name)}`);
  return work;
}

/** The browser, from what it says of itself. */
export function describeBrowser() {
  const { userAgent, hardwareConcurrency } = navigator;
  const found = /(Firefox|Chrome|HeadlessChrome|Version)\/([\d.]+)/.exec(userAgent);
  const names = { Firefox: "firefox", Version: "webkit" };
  return {
    browser: names[found?.[1]] ?? "chromium",
    browser_version: found?.[2] ?? "",
    cores: hardwareConcurrency,
  };
}

/** The rows of a work, one for each peer. `order`: which side goes first in a work run once. */
async function runWork(work, bench, { quick = false, order = 0 } = {}) {
  const data = work.data();
  const sides = { tfpy: await prepareTfpy(bench.pyodide, work, data) };
  try {
    for (const peer of work.peers) sides[peer] = await preparePeer(bench, work, peer, data);
    const settings = quick ? QUICK : FULL;
    const run = work.once ? runOnce(work, sides, order) : runOften(work, sides, settings);
    return (await run).map((result) => makeRow(work, bench.about, result));
  } finally {
    // Scopes of TF.js end in the order opposite to their beginning.
    for (const side of Object.values(sides).reverse()) await side.close();
  }
}

function preparePeer({ tf, ort }, work, peer, data) {
  return peer === "onnx-wasm" ? prepareOnnx(ort, work, data) : prepareTfjs(tf, work, peer, data);
}

/** Outputs compared, then timed by turns, with one peer after the other. */
async function runOften(work, { tfpy, ...peers }, settings) {
  const results = [];
  const values = await outputs(work, tfpy);
  const own = tfpy.memory();
  for (const [peer, side] of Object.entries(peers)) {
    await side.activate();
    const expected = await outputs(work, side);
    const memory = { ...own, ...peerMemory(side) };
    const max_error = compareAll(`${work.name}, ${peer}`, values, expected, work.tolerance);
    const [ms, peer_ms] = await interleave(tfpy, side, work.loop, settings);
    results.push({ peer, ms, peer_ms, max_error, ...memory });
  }
  return results;
}

/** Arrays: all results of the first steps. */
async function outputs(work, side) {
  const arrays = [];
  for (let i = 0; i < work.steps; i++) arrays.push(...(await side.output()));
  return arrays;
}

/** One step of each side, the first ever in this page; the timed outputs are compared. */
async function runOnce(work, sides, order) {
  const names = Object.keys(sides);
  const turned = names.map((_, i) => names[(i + order) % names.length]);
  const taken = {};
  const found = {};
  for (const name of turned) {
    const side = { ...sides[name], sample: () => (found[name] = sides[name].output()) };
    taken[name] = await time(side, 1);
  }
  const own = sides.tfpy.memory();
  return work.peers.map((peer) => ({
    peer,
    ms: taken.tfpy,
    peer_ms: taken[peer],
    max_error: compareAll(`${work.name}, ${peer}`, found.tfpy, found[peer], work.tolerance),
    ...own,
    ...peerMemory(sides[peer]),
  }));
}

/** The largest error of all results. */
function compareAll(name, actual, expected, tolerance) {
  if (actual.length !== expected.length) {
    throw new Error(`${name}: ${actual.length} results, the peer has ${expected.length}`);
  }
  const errors = actual.map((values, i) => compare(name, values, expected[i], tolerance));
  return Math.max(...errors);
}

/** What a peer with textures holds; null for others. */
function peerMemory(side) {
  const { bytes = null, peak_bytes = null } = side.memory?.() ?? {};
  return { peer_bytes: bytes, peer_peak_bytes: peak_bytes };
}

function makeRow(work, { browser, backend }, { peer, ms, peer_ms, max_error, ...memory }) {
  return {
    work: work.name,
    browser,
    backend,
    peer,
    ms: ms / work.perStep,
    peer_ms: peer_ms / work.perStep,
    ratio: peer_ms / ms,
    max_error,
    ...memory,
  };
}
