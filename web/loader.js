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

/** Python cannot go on: it broke down, or its worker ended. Only another start helps. */
export class PythonEnded extends Error {
  constructor(message) {
    super(message);
    this.name = "PythonEnded";
  }
}

/** The calls that wait for an answer. Nobody answers them once Python has ended: they fail then, as
 * all that come later do. */
class Calls {
  waiting = new Map();
  last = 0;
  over = null; // why there are no more

  /** `send(id)` asks; returns a promise of what `settle` gets for the id. */
  ask(send) {
    return new Promise((resolve, reject) => {
      if (this.over) throw this.over;
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  settle(id, error, value) {
    const call = this.waiting.get(id); // none if it has failed already
    this.waiting.delete(id);
    if (error) call?.reject(error);
    else call?.resolve(value);
  }

  fail(error) {
    for (const id of [...this.waiting.keys()]) this.settle(id, error);
  }

  end(error) {
    this.over ??= error;
    this.fail(error);
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
 *   onEnd       gets a PythonEnded when Python that had started cannot go on; all calls fail with it.
 *               Where a browser has no locks (a page by plain http, but for localhost), a worker
 *               that it ends without a word is not noticed
 * Returns an object with `run(url)`, `call(name, ...args)`, `close()`, `worker` (whether it runs in
 * one) and, on the main thread only, `pyodide`.
 */
export async function startPython({
  worker = true,
  onProgress = () => {},
  onEnd = () => {},
  ...options
} = {}) {
  const settings = { cdn: "location" in globalThis && hasSwitch("cdn"), ...options };
  const started = worker && (await startWorker(settings, onProgress, onEnd));
  return started || connect(await boot({ ...settings, onProgress }), onProgress, onEnd);
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
export async function connect(pyodide, onProgress = () => {}, onEnd = () => {}) {
  const bridge = await fetchText(new URL("bridge.py", here).href);
  const namespace = pyodide.toPy({});
  pyodide.runPython(bridge, { globals: namespace, filename: "bridge.py" });
  const [runFile, callFunction] = ["run_file", "call"].map((name) => namespace.get(name));
  const calls = new Calls();
  // Pyodide's own console hears of it in this way. What waits for Python would do so for ever, and
  // another call may never return.
  pyodide._api.on_fatal = (error) => {
    const ended = new PythonEnded(`Python broke down: ${error.message}`);
    calls.end(ended);
    onEnd(ended);
  };
  const ask = (pythonFunction, ...args) =>
    calls.ask(async (id) => {
      try {
        calls.settle(id, null, await pythonFunction(...args));
      } catch (error) {
        calls.settle(id, error.type ? new PythonError(error.message, error.type) : error);
      }
    });
  return {
    pyodide,
    worker: false,
    run: async (url) => {
      const file = new URL(url, globalThis.document?.baseURI ?? here).href;
      await ask(runFile, file, await fetchText(file));
    },
    call: (name, ...args) => ask(callFunction, name, args, onProgress),
    close: () => {},
  };
}

async function fetchText(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

/** The interface of startPython to a Pyodide in worker.js; null where workers have no WebGL2. */
async function startWorker(options, onProgress, onEnd) {
  const worker = new Worker(new URL("worker.js", here), { type: "module", name: "python" });
  const calls = new Calls();
  let started = false;

  const close = (why = new Error("Python was closed")) => {
    worker.terminate();
    calls.end(why);
  };
  const end = (message) => {
    if (calls.over) return;
    const ended = new PythonEnded(message);
    close(ended);
    if (started) onEnd(ended);
  };
  // The worker may go on after an error that nothing in it caught, but who waits may wait for what
  // that has prevented.
  const fail = (message) => calls.fail(new Error(message));
  worker.onerror = (event) => fail(`the worker failed: ${event.message ?? "it did not load"}`);
  worker.onmessageerror = () => fail("the worker sent a value that cannot be read");
  worker.onmessage = ({ data: { id, progress, ended, error, value } }) => {
    if (progress) return onProgress(progress);
    if (ended) return end(ended);
    calls.settle(id, error && asError(error), value);
  };
  const ask = (method, ...args) =>
    calls.ask((id) => {
      const moved = args.filter((arg) => transferred.has(arg));
      worker.postMessage({ id, method, args }, moved.map((arg) => arg.buffer ?? arg));
    });

  try {
    await watch((name) => ask("hold", name), end);
    if (!(await ask("hasWebGL"))) {
      close();
      return null;
    }
    await ask("boot", options);
  } catch (error) {
    close();
    throw error;
  }
  started = true;
  return {
    worker: true,
    run: (url) => ask("run", new URL(url, document.baseURI).href),
    call: (name, ...args) => ask("call", name, ...args),
    close: () => close(),
  };
}

const asError = ({ message, type }) => (type ? new PythonError(message, type) : new Error(message));

/** Calls `end` when the worker is no more: one that closes itself, or that the browser ends, sends no
 * event. But it lets go of a lock that it was asked to `hold`. */
async function watch(hold, end) {
  if (!navigator.locks) return; // this is no secure context
  const name = `python-${crypto.randomUUID()}`;
  if (!(await hold(name))) return;
  const ended = () => end("Python's worker has ended; there may be too little memory");
  navigator.locks.request(name, ended).catch(console.error);
}
