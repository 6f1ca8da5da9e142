// Runs graph models on TensorFlow.js's cpu backend. Reads [{model, weights, inputs, outputs}] from
// standard input (the content of a model.json, the bytes of its weights in base64, tensors by name
// as in wire.py, names of nodes) and writes, for each, {outputs} or {error}.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

const TYPES = { float32: Float32Array, complex64: Float32Array, int32: Int32Array, bool: Uint8Array };

function unpack({ $: dtype, shape, data }) {
  if (dtype === "string") return tf.tensor(data, shape, "string");
  return tf.tensor(new TYPES[dtype](new Uint8Array(Buffer.from(data, "base64")).buffer), shape, dtype);
}

function pack(x) {
  if (x.dtype === "string") return { $: "string", shape: x.shape, data: Array.from(x.dataSync()) };
  // TF.js leaves the values of some results in an array of another type.
  const values = TYPES[x.dtype].from(x.dataSync());
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return { $: x.dtype, shape: x.shape, data: bytes.toString("base64") };
}

async function run({ model, weights, inputs, outputs }) {
  const bytes = Buffer.from(weights, "base64");
  const artifacts = {
    ...model,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  };
  const loaded = await tf.loadGraphModel({ load: async () => artifacts });
  const given = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, unpack(v)]));
  const found = await loaded.executeAsync(given, outputs);
  return [found].flat().map(pack);
}

const answers = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push({ outputs: await run(job) });
  } catch (error) {
    answers.push({ error: String(error.message ?? error) });
  }
  tf.disposeVariables();
}
const text = Buffer.from(JSON.stringify(answers));
for (let at = 0; at < text.length; ) at += writeSync(1, text, at);
