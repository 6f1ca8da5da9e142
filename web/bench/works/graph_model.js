// Small models in TF.js's graph format with random weights, and how TF.js loads them.
import { concatenate } from "./random.js";

const FLOAT = { type: "DT_FLOAT" };

/**
 * A graph model: {topology, specs, weights} for TF.js, and `files` for tfpy's loader.
 *   describe  a function of the graph (see below), which returns its output
 *   random    a source from random.js
 */
export function graphModel(describe, random) {
  const nodes = [];
  const specs = [];
  const arrays = [];
  const write = (op, name, input, attr) => {
    nodes.push({ name, op, input, attr });
    return name;
  };
  const unique = (name) => `${name}_${nodes.length}`;
  const graph = {
    placeholder: (name, shape) =>
      write("Placeholder", name, [], { dtype: FLOAT, shape: { shape: dimensions(shape) } }),
    add: (op, inputs, attributes = {}) =>
      write(op, unique(op), inputs, { T: FLOAT, ...encodeAll(attributes) }),
    weight: (name, shape, deviation) => {
      specs.push({ name: unique(name), shape, dtype: "float32" });
      arrays.push(random(shape, deviation));
      const tensor = { dtype: "DT_FLOAT", tensorShape: dimensions(shape) };
      return write("Const", unique(name), [], { dtype: FLOAT, value: { tensor } });
    },
  };
  describe(graph);
  const topology = { node: nodes, versions: { producer: 1 } };
  const weights = concatenate(arrays);
  return { topology, specs, weights, files: files(topology, specs, weights) };
}

const dimensions = (shape) => ({ dim: shape.map((size) => ({ size: String(size) })) });

function encodeAll(attributes) {
  return Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, encode(v)]));
}

/** A value as JSON's form of protocol buffers has it: integers as text, bytes in base 64. */
function encode(value) {
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") return { s: btoa(value) };
  const texts = value.some((item) => typeof item === "string");
  return { list: texts ? { s: value.map((item) => btoa(item)) } : { i: value.map(String) } };
}

/** The model's two files, as TF.js's converter names them. */
function files(topology, specs, weights) {
  const model = {
    format: "graph-model",
    modelTopology: topology,
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: specs }],
  };
  const text = new TextEncoder().encode(JSON.stringify(model));
  return { "model.json": text, "group1-shard1of1.bin": new Uint8Array(weights.buffer) };
}

/** TF.js's model. */
export function loadGraph(tf, { topology, specs, weights }) {
  const artifacts = { modelTopology: topology, weightSpecs: specs, weightData: weights.buffer };
  return tf.loadGraphModel(tf.io.fromMemory(artifacts));
}
