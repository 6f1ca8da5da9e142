// Boots Python (Pyodide) with tfpy, and gives a page one way to use it: in a worker or on the main
// thread, the same three calls.
//
//   const python = await startPython({ worker: true, onProgress });
//   await python.run("mobilenet.py");                     // a Python file of the page
//   const top5 = await python.call("classify", bitmap);   // one of its functions
//
// This file knows nothing of tensors or models: what a page does is in its Python file.

const here = new URL(".", import.meta.url);
const CDN = "https://cdn.jsdelivr.net/pyodide/";
/** Takes what zstd made of a wheel; Python has it, browsers do not yet. */
const DECOMPRESS = `
from compression import zstd
lambda packed: zstd.decompress(packed.to_py())
`;

/** An exception raised in Python; `message` is the traceback, `type` the name of its class. */
export class PythonError extends Error {
  constructor(message, type) {
    super(message);
    this.name = "PythonError";
    this.type = type;
  }
}

const transferred = new WeakSet();

/** Marks an argument of `call` (ImageBitmap, OffscreenCanvas, buffer, typed array) to be moved to
 * the worker instead of copied; the page can no longer use it. */
export function transfer(value) {
  transferred.add(value);
  return value;
}

/**
 * Starts Python with tfpy installed. Options, all but `worker` also those of `boot`:
 *   worker      run in a module worker (default), so that the page stays responsive; on the main
 *               thread all the same where workers have no WebGL2
 *   onProgress  gets {stage: "boot", file, loaded, total} with bytes of all files together while
 *               Python starts, and later what Python functions report: {stage: function name, ...}
 * Returns an object with `run(url)`, `call(name, ...args)`, `close()`, `worker` (whether it runs in
 * one) and, on the main thread only, `pyodide`.
 */
export async function startPython({ worker = true, onProgress = () => {}, ...options } = {}) {
  const settings = { cdn: "location" in globalThis && hasSwitch("cdn"), ...options };
  const started = worker && (await startWorker(settings, onProgress));
  return started || connect(await boot({ ...settings, onProgress }), onProgress);
}

const hasSwitch = (name) => new URLSearchParams(location.search).has(name);

/**
 * Boots Pyodide and installs tfpy's wheel; returns Pyodide's own object. Options:
 *   indexURL     where Pyodide lies (default: node_modules beside this file)
 *   cdn          take Pyodide from its public CDN instead
 *   manifestURL  the build's manifest.json; the wheels lie beside it
 *   packages     further packages or wheel URLs to load
 *   onProgress   see startPython
 */
export async function boot({
  indexURL,
  cdn = false,
  manifestURL = new URL("dist/manifest.json", here).href,
  packages = [],
  onProgress = () => {},
} = {}) {
  const manifest = await fetchJSON(manifestURL);
  const { version, files } = manifest.pyodide;
  indexURL ??= cdn ? `${CDN}v${version}/full/` : new URL("node_modules/pyodide/", here).href;
  const [{ loadPyodide }, lockFileContents] = await Promise.all([
    import(`${indexURL}pyodide.mjs`),
    fetchJSON(`${indexURL}pyodide-lock.json`),
  ]);

  // Byte code is good for one version of Python only; the plain wheel for all.
  const compiled = lockFileContents.info.python.startsWith(`${manifest.python}.`);
  const wheel = manifest.wheels.find(({ kind }) => kind === (compiled ? "pyc" : "py"));
  const wheelURL = new URL(wheel.path, manifestURL).href;

  const expected = { [wheelURL]: wheel.bytes };
  for (const [name, bytes] of Object.entries(files)) expected[indexURL + name] = bytes;
  const options = { indexURL, lockFileContents, packageBaseUrl: indexURL, packages };
  return await countingFetches(expected, onProgress, async () => {
    const [pyodide, bytes] = await Promise.all([loadPyodide(options), fetchBytes(wheelURL)]);
    install(pyodide, bytes, wheelURL.endsWith(".zst"));
    return pyodide;
  });
}

/** Installs a wheel; that of byte code is compressed as a whole. */
function install(pyodide, bytes, compressed) {
  const extractDir = pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')");
  if (!compressed) return pyodide.unpackArchive(bytes, "wheel", { extractDir });
  const decompress = pyodide.runPython(DECOMPRESS);
  const wheel = decompress(bytes);
  const view = wheel.getBuffer("u8");
  pyodide.unpackArchive(view.data, "wheel", { extractDir });
  for (const held of [view, wheel, decompress]) (held.release ?? held.destroy).call(held);
}

async function fetchBytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function fetchJSON(url) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.json();
}

/**
 * Runs `work` and reports the bytes of the expected files as it fetches them. Pyodide has no
 * progress of its own, and fetching its files beforehand would rely on the HTTP cache; so `fetch`
 * is watched while it boots. The response goes to Pyodide as it is (browsers keep compiled code
 * only for an original one), and a clone is counted.
 */
async function countingFetches(expected, onProgress, work) {
  const total = Object.values(expected).reduce((sum, bytes) => sum + bytes, 0);
  let loaded = 0;
  const count = async (response, url) => {
    const file = url.slice(url.lastIndexOf("/") + 1);
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      loaded += value.length;
      onProgress({ stage: "boot", file, loaded, total });
    }
  };

  const original = globalThis.fetch;
  globalThis.fetch = async (resource, ...rest) => {
    const response = await original.call(globalThis, resource, ...rest);
    const url = String(resource.url ?? resource);
    // A download that breaks off fails where Pyodide reads it.
    if (url in expected && response.ok) count(response.clone(), url).catch(() => {});
    return response;
  };
  try {
    onProgress({ stage: "boot", file: "", loaded, total });
    return await work();
  } finally {
    globalThis.fetch = original;
  }
}

/** The interface of startPython to a Pyodide in this thread; also what the worker uses. */
export async function connect(pyodide, onProgress = () => {}) {
  const bridge = await fetchText(new URL("bridge.py", here).href);
  const namespace = pyodide.toPy({});
  pyodide.runPython(bridge, { globals: namespace, filename: "bridge.py" });
  const [runFile, callFunction] = ["run_file", "call"].map((name) => namespace.get(name));
  return {
    pyodide,
    worker: false,
    run: async (url) => {
      const file = new URL(url, globalThis.document?.baseURI ?? here).href;
      await translateErrors(runFile, file, await fetchText(file));
    },
    call: (name, ...args) => translateErrors(callFunction, name, args, onProgress),
    close: () => {},
  };
}

async function fetchText(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

async function translateErrors(pythonFunction, ...args) {
  try {
    return await pythonFunction(...args);
  } catch (error) {
    throw error.type ? new PythonError(error.message, error.type) : error;
  }
}

/** The interface of startPython to a Pyodide in worker.js; null where workers have no WebGL2. */
async function startWorker(options, onProgress) {
  const worker = new Worker(new URL("worker.js", here), { type: "module", name: "python" });
  const waiting = new Map();
  let last = 0;

  const failAll = (message) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  };
  worker.onerror = (event) => failAll(`the worker failed: ${event.message ?? "it did not load"}`);
  worker.onmessageerror = () => failAll("the worker sent a value that cannot be read");
  worker.onmessage = ({ data: { id, progress, error, value } }) => {
    if (progress) return onProgress(progress);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (!error) return resolve(value);
    reject(error.type ? new PythonError(error.message, error.type) : new Error(error.message));
  };
  const ask = (method, ...args) =>
    new Promise((resolve, reject) => {
      const moved = args.filter((arg) => transferred.has(arg));
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args }, moved.map((arg) => arg.buffer ?? arg));
    });

  try {
    if (!(await ask("hasWebGL"))) {
      worker.terminate();
      return null;
    }
    await ask("boot", options);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    worker: true,
    run: (url) => ask("run", new URL(url, document.baseURI).href),
    call: (name, ...args) => ask("call", name, ...args),
    close: () => {
      worker.terminate();
      failAll("Python was closed");
    },
  };
}
