// Reads and writes values as wire.py does, and gives TensorFlow.js on its cpu backend.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
export const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

// Computes on the WebAssembly backend from now on.
export async function useWasm() {
  const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"), "../dist/"));
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false); // its threads would keep the process alive
  await tf.setBackend("wasm");
  // Its product takes no integers. As floats they are exact while they are small.
  const product = tf.getKernel("BatchMatMul", "wasm");
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...product,
    kernelFunc({ inputs: { a, b }, ...rest }) {
      const inputs = { a: tf.cast(a, "float32"), b: tf.cast(b, "float32") };
      const found = tf.engine().makeTensorFromTensorInfo(product.kernelFunc({ inputs, ...rest }));
      return a.dtype === "int32" ? tf.cast(found, "int32") : found;
    },
  });
}

// When a function of a graph ends, such as the body of a loop, TF.js 4.22 disposes of all that it
// made, even of what is kept as an element of a list, and fails where the list is read.
export function leaveWhatIsKept() {
  const { dispose } = tf.Tensor.prototype;
  tf.Tensor.prototype.dispose = function () {
    if (!this.kept) dispose.call(this);
  };
}

const TYPES = {
  float32: Float32Array,
  complex64: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

export const isPlain = (x) => x !== null && typeof x === "object" && x.constructor === Object;

// What wire.py packed: tensors, numbers that JSON has no word for, and lists and objects of them.
export function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== "object") return value;
  if (value.$ === undefined) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v)]));
  }
  if (value.$ === "undefined") return undefined;
  if (value.$ === "number") return Number(value.data);
  if (value.$ === "string") return tf.tensor(value.data, value.shape, "string");
  const bytes = new Uint8Array(Buffer.from(value.data, "base64")).buffer;
  if (value.$ === "complex64") {
    const parts = new Float32Array(bytes);
    return tf.complex(
      tf.tensor(parts.filter((_, i) => i % 2 === 0), value.shape),
      tf.tensor(parts.filter((_, i) => i % 2 === 1), value.shape),
    );
  }
  return tf.tensor(new TYPES[value.$](bytes), value.shape, value.$);
}

// A tensor as wire.py unpacks it.
export function pack(x) {
  if (x.dtype === "string") return { $: "string", shape: x.shape, data: Array.from(x.dataSync()) };
  // TF.js leaves the values of some results in an array of another type.
  return packBytes(TYPES[x.dtype].from(x.dataSync()), x.dtype, x.shape);
}

export function packBytes(values, dtype, shape) {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return { $: dtype, shape, data: bytes.toString("base64") };
}

export const read = () => JSON.parse(readFileSync(0, "utf8"));

export function write(answer) {
  const text = Buffer.from(JSON.stringify(answer));
  for (let at = 0; at < text.length; ) at += writeSync(1, text, at);
}
