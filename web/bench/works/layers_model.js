// Small models in TF.js's layers format with random weights, and how TF.js loads them.
import { concatenate } from "./random.js";

/**
 * A Sequential model: {topology, specs, weights} for TF.js, and `files` for tfpy's loader.
 *   layers  {class_name, config, arrays: {variable: {shape, deviation}}}
 *   random  a source from random.js
 */
export function layersModel(name, layers, random) {
  const named = layers.map((layer, i) => ({ name: `layer_${i}`, ...layer }));
  const arrays = named.flatMap(({ name, arrays = {} }) =>
    Object.entries(arrays).map(([variable, array]) => ({ name: `${name}/${variable}`, ...array })),
  );
  const config = named.map(({ name, class_name, config }) => ({
    class_name,
    config: { name, trainable: true, ...config },
  }));
  const topology = { class_name: "Sequential", config: { name, layers: config } };
  const specs = arrays.map(({ name, shape }) => ({ name, shape, dtype: "float32" }));
  const weights = concatenate(arrays.map(({ shape, deviation }) => random(shape, deviation)));
  return { topology, specs, weights, files: files(topology, specs, weights) };
}

/** The model's two files, as TF.js's own writer names them. */
function files(topology, specs, weights) {
  const model = {
    format: "layers-model",
    modelTopology: topology,
    weightsManifest: [{ paths: ["model.weights.bin"], weights: specs }],
  };
  const text = new TextEncoder().encode(JSON.stringify(model));
  return { "model.json": text, "model.weights.bin": new Uint8Array(weights.buffer) };
}

/** TF.js's model. */
export function loadLayers(tf, { topology, specs, weights }) {
  const artifacts = { modelTopology: topology, weightSpecs: specs, weightData: weights.buffer };
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

/** The arrays of a layer with a bias; `inputs`: how many numbers go into each of its results, for
 * weights that keep the size of what passes through relu: neither fading nor exploding. */
export function withBias(variable, shape, inputs, outputs) {
  return {
    [variable]: { shape, deviation: Math.sqrt(2 / inputs) },
    bias: { shape: [outputs], deviation: 0.1 },
  };
}
