// tfpy's side of the bench. Knows no work.
import { boot } from "../loader.js";

const here = new URL(".", import.meta.url).href;

/** Boots Python with tfpy on this thread, where TF.js is too; returns Pyodide. */
export async function startTfpy() {
  const pyodide = await boot();
  await load(pyodide, "side.py");
  return pyodide;
}

/** Imports one of the bench's Python files as a module. */
async function load(pyodide, path) {
  const response = await fetch(here + path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const file = path.split("/").pop();
  pyodide.FS.writeFile(file, await response.text());
  pyodide.pyimport("importlib").invalidate_caches();
  return pyodide.pyimport(file.replace(".py", ""));
}

/** A work's side; see protocol.js. */
export async function prepareTfpy(pyodide, work, data) {
  const module = await load(pyodide, `works/${work.python}`);
  const side = await pyodide.pyimport("side").start(module, pyodide.toPy(data), work.loop);
  return {
    activate: async () => {},
    output: () => side.output(),
    sample: (steps) => side.sample(steps),
    memory: () => side.memory(),
    profile: () => pyodide.pyimport("side").profile(side),
    close: () => side.destroy(),
  };
}

/** {tfpy, backend, device, driver}: versions and names. */
export function describeTfpy(pyodide) {
  return pyodide.pyimport("side").describe();
}
