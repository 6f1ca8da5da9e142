// Python in a module worker: answers the messages of startWorker in loader.js.
//   in:  {id, method: "boot" | "run" | "call", args}
//   out: {id, value} or {id, error: {message, type}}; {progress} at any time in between
import { boot, connect } from "./loader.js";

const onProgress = (progress) => postMessage({ progress });
let python;

const methods = {
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
