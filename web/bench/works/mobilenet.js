// MobileNetV1 1.0 224, batch 1: from an image in memory to 1000 probabilities in memory. Random
// weights, batch norm folded into them, as a converted model has it.
import { onnxModel, transpose } from "../onnx.js";
import { layersModel, loadLayers, withBias } from "./layers_model.js";
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

const model = { python: "mobilenet.py", tolerance: 1e-4, data, tfjs };

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
    onnx,
  },
  {
    ...model,
    name: "mobilenet_v1_fused",
    title: "The same, against TF.js's fused operations",
    peers: ["tfjs-webgl"],
    tfjs: fusedTfjs,
  },
];

/** TF.js's side: the same model and image as tfpy gets. */
async function tfjs(tf, data) {
  const model = await loadLayers(tf, data);
  return () => tf.tidy(() => model.predict(tf.tensor(data.image, data.shape)));
}

/** The best that TF.js can do: convolutions with bias and relu6 in one operation, as a graph model
 * from its converter has them. Its layers fuse relu, but not relu6. */
async function fusedTfjs(tf, data) {
  const { layers } = await loadLayers(tf, data);
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
  const model = layersModel("mobilenet_v1", describeLayers(), random);
  return { ...model, image: random([SIZE, SIZE, 3]), shape: [1, SIZE, SIZE, 3] };
}

/** Layers as layers_model.js takes them. */
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

function conv(size, stride, channels, filters) {
  return {
    class_name: "Conv2D",
    config: { ...same, filters, kernel_size: [size, size], strides: [stride, stride] },
    arrays: withBias("kernel", [size, size, channels, filters], size * size * channels, filters),
  };
}

function depthwise(stride, channels) {
  return {
    class_name: "DepthwiseConv2D",
    config: { ...same, kernel_size: [3, 3], strides: [stride, stride] },
    arrays: withBias("depthwise_kernel", [3, 3, channels, 1], 9, channels),
  };
}

/** Probabilities from near 0 to some tenths: flat ones would hide errors. */
function head(channels) {
  return {
    class_name: "Dense",
    config: { units: CLASSES, use_bias: true, activation: "softmax" },
    arrays: withBias("kernel", [channels, CLASSES], channels / 8, CLASSES),
  };
}

// ------------------------------------------------------------------------------------------ ONNX

/** The same network and weights, channels first, as onnxruntime wants images. */
function onnx(data) {
  const input = transpose({ values: data.image, shape: data.shape }, [0, 3, 1, 2]);
  const weights = onnxWeights(data);
  const limits = { zero: scalar(0), six: scalar(6) };
  const nodes = [];
  let last = "image";
  const add = (op, inputs, attributes) => {
    const output = `value_${nodes.length}`;
    nodes.push({ op, inputs: [last, ...inputs], output, attributes });
    last = output;
  };
  data.topology.config.layers.forEach(({ class_name, config }) => {
    const [kernel, bias] = Object.keys(weights).filter((name) => name.startsWith(`${config.name}/`));
    if (/Conv2D/.test(class_name)) {
      const { kernel_size: kernel_shape, strides } = config;
      const group = class_name === "Conv2D" ? 1 : weights[kernel].shape[0];
      add("Conv", [kernel, bias], { auto_pad: "SAME_UPPER", kernel_shape, strides, group });
      add("Clip", ["zero", "six"]);
    } else if (class_name === "Dense") {
      add("Flatten", []);
      add("Gemm", [kernel, bias]);
      add("Softmax", []);
    } else if (class_name === "GlobalAveragePooling2D") {
      add("GlobalAveragePool", []);
    }
  });
  nodes.at(-1).output = "result";
  const inputs = { image: input };
  return { model: onnxModel({ inputs, nodes, weights: { ...weights, ...limits } }), inputs };
}

const scalar = (value) => ({ shape: [], values: Float32Array.of(value) });

/** {name: {shape, values}}, filters with their channels first. */
function onnxWeights({ specs, weights }) {
  let at = 0;
  const entries = specs.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const value = { shape, values: weights.subarray(at, (at += size)) };
    const filter = shape.length === 4;
    const order = name.includes("depthwise") ? [2, 3, 0, 1] : [3, 2, 0, 1];
    return [name, filter ? transpose(value, order) : value];
  });
  return Object.fromEntries(entries);
}
