// Runs works, tfpy against TF.js in this page. No document needed: bench/page.js shows results.
//
//   const bench = await startBench();
//   await bench.run("mobilenet_v1");   // rows {work, browser, backend, peer, ms, peer_ms, ...}
import { FULL, QUICK, compare, interleave, time } from "./protocol.js";
import { prepareTfjs, startTfjs } from "./tfjs.js";
import { describeTfpy, prepareTfpy, startTfpy } from "./tfpy.js";
import { works } from "./works.js";

/** Loads both sides. */
export async function startBench() {
  const pyodide = await startTfpy();
  const tf = await startTfjs();
  const versions = { tfjs: tf.version.tfjs, pyodide: pyodide.version };
  const about = { ...describeBrowser(), ...versions, ...describeTfpy(pyodide) };
  return {
    works,
    about,
    run: (name, options) => runWork(find(name), { pyodide, tf, about }, options),
  };
}

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
    for (const peer of work.peers) sides[peer] = await prepareTfjs(bench.tf, work, peer, data);
    const settings = quick ? QUICK : FULL;
    const run = work.once ? runOnce(work, sides, order) : runOften(work, sides, settings);
    return (await run).map((times) => makeRow(work, bench.about, times));
  } finally {
    // Scopes of TF.js end in the order opposite to their beginning.
    for (const side of Object.values(sides).reverse()) side.close();
  }
}

/** Outputs compared, then timed by turns, with one peer after the other. */
async function runOften(work, { tfpy, ...peers }, settings) {
  const results = [];
  const values = tfpy.output();
  for (const [peer, side] of Object.entries(peers)) {
    await side.activate();
    const max_error = compare(`${work.name}, ${peer}`, values, side.output(), work.tolerance);
    const [ms, peer_ms] = await interleave(tfpy, side, work.loop, settings);
    results.push({ peer, ms, peer_ms, max_error });
  }
  return results;
}

/** One step of each side, the first ever in this page; the timed outputs are compared. */
async function runOnce(work, sides, order) {
  const names = Object.keys(sides);
  const turned = names.map((_, i) => names[(i + order) % names.length]);
  const taken = {};
  const outputs = {};
  for (const name of turned) {
    const side = { ...sides[name], sample: () => (outputs[name] = sides[name].output()) };
    taken[name] = await time(side, 1);
  }
  return work.peers.map((peer) => ({
    peer,
    ms: taken.tfpy,
    peer_ms: taken[peer],
    max_error: compare(`${work.name}, ${peer}`, outputs.tfpy, outputs[peer], work.tolerance),
  }));
}

function makeRow(work, { browser, backend }, { peer, ms, peer_ms, max_error }) {
  return {
    work: work.name,
    browser,
    backend,
    peer,
    ms: ms / work.perStep,
    peer_ms: peer_ms / work.perStep,
    ratio: peer_ms / ms,
    max_error,
  };
}
