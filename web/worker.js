// Python in a module worker: answers the messages of startWorker in loader.js.
//   in:  {id, method: "hold" | "hasWebGL" | "boot" | "run" | "call", args}
//   out: {id, value} or {id, error: {message, type}}; {progress} at any time in between,
//        {ended: message} where Python cannot go on
import { boot, connect } from "./loader.js";

const onProgress = (progress) => postMessage({ progress });
const onEnd = ({ message }) => postMessage({ ended: message });
let python;

/** Asked here and not on the main thread: where that holds a context, even a lost one, WebKitGTK
 * gives a worker none until garbage is collected. */
function hasWebGL() {
  const gl = globalThis.OffscreenCanvas && new OffscreenCanvas(1, 1).getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}

/** Holds a lock for as long as this worker lives; whether it could get it. */
const hold = (name) =>
  new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks.request(name, held).catch(() => resolve(false));
  });

const methods = {
  hold,
  hasWebGL,
  boot: async (options) => {
    python = await connect(await boot({ ...options, onProgress }), onProgress, onEnd);
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
