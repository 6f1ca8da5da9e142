// MobileNetV1 1.0 224, batch 1: from an image in memory to 1000 probabilities in memory. Random
// weights, batch norm folded into them, as a converted model has it.
import { randomSource } from "./random.js";

const SIZE = 224;
const CLASSES = 1000;
const FIRST = 32;

// Channels and stride of the 13 pairs of a depthwise and a 1x1 convolution.
const PAIRS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array(5).fill([512, 1]),
  [1024, 2],
  [1024, 1],
];

const model = { python: "mobilenet.py", tolerance: 1e-4, data, peer };

export const mobilenets = [
  {
    ...model,
    name: "first_prediction",
    title: "First prediction of MobileNetV1: model loaded, nothing compiled yet",
    once: true,
  },
  {
    ...model,
    name: "mobilenet_v1",
    title: "MobileNetV1 1.0 224, image in memory to 1000 probabilities in memory",
  },
  {
    ...model,
    name: "mobilenet_v1_fused",
    title: "The same, against TF.js's fused operations",
    peers: ["tfjs-webgl"],
    peer: fusedPeer,
  },
];

/** TF.js's side: the same model and image as tfpy gets. */
async function peer(tf, data) {
  const model = await load(tf, data);
  return () => tf.tidy(() => model.predict(tf.tensor(data.image, data.shape)));
}

function load(tf, { topology, specs, weights }) {
  const artifacts = { modelTopology: topology, weightSpecs: specs, weightData: weights.buffer };
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

/** The best that TF.js can do: convolutions with bias and relu6 in one operation, as a graph model
 * from its converter has them. Its layers fuse relu, but not relu6. */
async function fusedPeer(tf, data) {
  const { layers } = await load(tf, data);
  const steps = layers.filter((layer) => layer.getClassName() !== "InputLayer");
  const image = () => tf.tensor(data.image, data.shape);
  return () => tf.tidy(() => steps.reduce((x, layer) => fusedLayer(tf, layer, x), image()));
}

function fusedLayer(tf, layer, x) {
  const [filter, bias] = layer.weights.map((weight) => weight.read());
  const { strides } = layer;
  const convolution = { x, filter, strides, pad: "same", bias, activation: "relu6" };
  switch (layer.getClassName()) {
    case "Conv2D":
      return tf.fused.conv2d(convolution);
    case "DepthwiseConv2D":
      return tf.fused.depthwiseConv2d(convolution);
    case "Dense":
      return tf.softmax(tf.fused.matMul({ a: x, b: filter, bias }));
    default:
      return tf.mean(x, [1, 2]);
  }
}

/** The model in TF.js's layers format, and an image; made once, for it takes a moment. */
function data() {
  return (data.made ??= makeData());
}

function makeData() {
  const random = randomSource(2);
  const layers = describeLayers().map((layer, i) => ({ name: `layer_${i}`, ...layer }));
  const arrays = layers.flatMap(({ name, arrays = {} }) =>
    Object.entries(arrays).map(([variable, array]) => ({ name: `${name}/${variable}`, ...array })),
  );
  const config = layers.map(({ name, class_name, config }) => ({
    class_name,
    config: { name, trainable: true, ...config },
  }));
  return {
    topology: { class_name: "Sequential", config: { name: "mobilenet_v1", layers: config } },
    specs: arrays.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
    weights: concatenate(arrays.map(({ shape, deviation }) => random(shape, deviation))),
    image: random([SIZE, SIZE, 3]),
    shape: [1, SIZE, SIZE, 3],
  };
}

/** Layers {class_name, config, arrays: {variable: {shape, deviation}}}. */
function describeLayers() {
  const layers = [
    {
      class_name: "InputLayer",
      config: { batch_input_shape: [null, SIZE, SIZE, 3], dtype: "float32" },
    },
    conv(3, 2, 3, FIRST),
  ];
  let channels = FIRST;
  for (const [next, stride] of PAIRS) {
    layers.push(depthwise(stride, channels), conv(1, 1, channels, next));
    channels = next;
  }
  return [...layers, { class_name: "GlobalAveragePooling2D", config: {} }, head(channels)];
}

const same = { padding: "same", use_bias: true, activation: "relu6" };
const bias = (size) => ({ shape: [size], deviation: 0.1 });

function conv(size, stride, channels, filters) {
  return {
    class_name: "Conv2D",
    config: { ...same, filters, kernel_size: [size, size], strides: [stride, stride] },
    arrays: {
      kernel: kernel([size, size, channels, filters], size * size * channels),
      bias: bias(filters),
    },
  };
}

function depthwise(stride, channels) {
  return {
    class_name: "DepthwiseConv2D",
    config: { ...same, kernel_size: [3, 3], strides: [stride, stride] },
    arrays: { depthwise_kernel: kernel([3, 3, channels, 1], 9), bias: bias(channels) },
  };
}

/** Weights that keep the size of what passes through relu: neither fading nor exploding. */
const kernel = (shape, inputs) => ({ shape, deviation: Math.sqrt(2 / inputs) });

/** Probabilities from near 0 to some tenths: flat ones would hide errors. */
function head(channels) {
  return {
    class_name: "Dense",
    config: { units: CLASSES, use_bias: true, activation: "softmax" },
    arrays: {
      kernel: { shape: [channels, CLASSES], deviation: 4 / Math.sqrt(channels) },
      bias: bias(CLASSES),
    },
  };
}

function concatenate(arrays) {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
