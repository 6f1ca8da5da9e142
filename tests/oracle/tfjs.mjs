// Runs calls on TensorFlow.js's cpu backend. Reads {rows: [{js, cases: [{args, gradient}]}]} from
// standard input and writes, per row and case, {outputs, gradients} or {error}. See wire.py.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");
tf.env().set("WEBGL_CPU_FORWARD", false);

const TYPES = {
  float32: Float32Array,
  complex64: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};
// Padding of a window per spatial axis, as TF.js wants it for images in NHWC.
const pads = (p) => (typeof p === "string" ? p : [[0, 0], ...p, [0, 0]]);

function unpack(value) {
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

function pack(x) {
  if (x.dtype === "string") return { $: "string", shape: x.shape, data: Array.from(x.dataSync()) };
  // TF.js leaves the values of some results in an array of another type.
  const values = TYPES[x.dtype].from(x.dataSync());
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return { $: x.dtype, shape: x.shape, data: bytes.toString("base64") };
}

// The tensors of a result: one, several, or an object of them. A number is a scalar.
function tensors(result) {
  if (result instanceof tf.Tensor) return [result];
  if (typeof result === "number") return [tf.scalar(result)];
  if (result === null || result === undefined) return [];
  return Object.values(result).flatMap(tensors);
}

const isFloat = (x) => x instanceof tf.Tensor && x.dtype === "float32";
const floats = (x) =>
  isFloat(x) ? [x] : Array.isArray(x) || isPlain(x) ? Object.values(x).flatMap(floats) : [];
const isPlain = (x) => x !== null && typeof x === "object" && x.constructor === Object;

// `x` with its float tensors taken from `queue` in order.
function replaced(x, queue) {
  if (isFloat(x)) return queue.shift();
  if (Array.isArray(x)) return x.map((v) => replaced(v, queue));
  if (!isPlain(x)) return x;
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, replaced(v, queue)]));
}

function gradients(run, args, output) {
  const wave = Float32Array.from({ length: output.size }, (_, k) => Math.sin(1.7 * k + 0.3));
  const weights = tf.tensor(wave, output.shape);
  const f = (...xs) => tensors(run(...replaced(args, xs)))[0];
  return tf.grads(f)(floats(args), weights).map(pack);
}

async function evaluate(run, { args, gradient }) {
  const inputs = unpack(args);
  const result = {};
  try {
    const outputs = tensors(await run(...inputs));
    result.outputs = outputs.map(pack);
    if (gradient) result.gradients = gradients(run, inputs, outputs[0]);
  } catch (error) {
    result[result.outputs ? "gradientError" : "error"] = String(error.message ?? error);
  }
  return result;
}

const { rows } = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { js, cases } of rows) {
  const run = new Function("tf", "pads", `return ${js};`)(tf, pads);
  tf.engine().startScope();
  const row = [];
  for (const one of cases) row.push(await evaluate(run, one));
  tf.engine().endScope();
  answers.push(row);
}
const text = Buffer.from(JSON.stringify(answers));
for (let at = 0; at < text.length; ) at += writeSync(1, text, at);
