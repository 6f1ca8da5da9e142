// Python in a module worker: answers the messages of startWorker in loader.js.
//   in:  {id, method: "hasWebGL" | "boot" | "run" | "call", args}
//   out: {id, value} or {id, error: {message, type}}; {progress} at any time in between
import { boot, connect } from "./loader.js";

const onProgress = (progress) => postMessage({ progress });
let python;

/** Asked here and not on the main thread: where that holds a context, even a lost one, WebKitGTK
 * gives a worker none until garbage is collected. */
function hasWebGL() {
  const gl = globalThis.OffscreenCanvas && new OffscreenCanvas(1, 1).getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}

const methods = {
  hasWebGL,
  boot: async (options) => {
    python = await connect(await boot({ ...options, onProgress }), onProgress);
  },
  run: (url) => python.run(url),
  call: (name, ...args) => python.call(name, ...args),
};

onmessage = async ({ data: { id, method, args } }) => {
  try {
    postMessage({ id, value: await methods[method](...args) });
  } catch (error) {
    postMessage({ id, error: { message: error.message ?? String(error), type: error.type } });
  }
};
