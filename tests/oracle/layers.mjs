// Builds models of one layer in TensorFlow.js. Reads [{layer, args, inputs, high}] from standard
// input, where `inputs` are shapes without the batch and a layer or cell among `args` is
// {of: [function, arguments]}; writes {answers, classes}: for each the model's topology, its weights,
// inputs and the output, or {error}; and the names of all layers.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

function drawn(shape, high, seed) {
  if (high) return tf.floor(tf.randomUniform(shape, 0, high, "float32", seed));
  return tf.randomUniform(shape, -2, 2, "float32", seed);
}

function value(x) {
  return { shape: x.shape, data: Array.from(x.dataSync()) };
}

// As `toJSON` has it, for layers that TensorFlow.js itself fails to draw into a model.
function byHand(made, shape) {
  const config = { ...made.getConfig(), batchInputShape: [null, ...shape] };
  const layers = [{ className: made.getClassName(), config }];
  return { className: "Sequential", config: { name: "by_hand", layers } };
}

// `value` with the layers and cells in it made.
function withLayers(value) {
  if (Array.isArray(value)) return value.map(withLayers);
  if (value?.of) return tf.layers[value.of[0]](withLayers(value.of[1]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withLayers(v)]));
}

function answer({ layer, args, inputs, high }) {
  const symbolic = inputs.map((shape) => tf.input({ shape }));
  const made = tf.layers[layer](withLayers(args));
  const given = inputs.map((shape, i) => drawn([2, ...shape], high, 7 + i));
  const one = (xs) => (xs.length === 1 ? xs[0] : xs);
  let topology;
  try {
    const outputs = made.apply(one(symbolic));
    if (symbolic.some((x, i) => String(x.shape.slice(1)) !== String(inputs[i]))) {
      throw new Error("some layers change the shape of their input");
    }
    topology = tf.model({ inputs: symbolic, outputs }).toJSON(null, false);
  } catch {
    topology = byHand(made, inputs[0]);
  }
  made.apply(one(given));
  // Neither 0 nor 1, by which a difference could hide.
  const shapes = made.getWeights().map((w) => w.shape);
  const weights = shapes.map((s, i) => tf.randomUniform(s, 0.2, 1.2, "float32", i + 1));
  made.setWeights(weights);
  return {
    topology,
    names: made.weights.map((w) => w.originalName),
    weights: weights.map(value),
    inputs: given.map(value),
    output: value(made.apply(one(given))),
  };
}

const answers = JSON.parse(readFileSync(0, "utf8")).map((asked) => {
  try {
    return answer(asked);
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
});
const registered = tf.serialization.SerializationMap.getMap().classNameMap;
const classes = Object.keys(registered).filter(
  (name) => registered[name][0].prototype instanceof tf.layers.Layer,
);
const out = Buffer.from(JSON.stringify({ answers, classes }));
for (let at = 0; at < out.length; ) at += writeSync(1, out, at);
