// MobileNetV2 1.0 224, batch 1: from an image in memory to 1000 probabilities in memory. A graph as
// TF.js's converter wrote those of TensorFlow Hub, batch norm folded in, with random weights.
import { graphModel, loadGraph } from "./graph_model.js";
import { randomSource } from "./random.js";

const SIZE = 224;
const CLASSES = 1000;
const FIRST = 32;
const LAST = 1280;

// Expansion, channels, repetitions and first stride of the inverted residual blocks.
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

export const mobilenetV2 = {
  name: "mobilenet_v2",
  title: "MobileNetV2 1.0 224, image in memory to 1000 probabilities in memory",
  python: "mobilenet_v2.py",
  tolerance: 1e-4,
  data,
  tfjs,
};

/** TF.js's side: the same model and image as tfpy gets. */
async function tfjs(tf, { model, image, shape }) {
  const loaded = await loadGraph(tf, model);
  const step = () => tf.tidy(() => loaded.execute(tf.tensor(image, shape)));
  return Object.assign(step, { close: () => loaded.dispose() });
}

/** The model, its files for tfpy, and an image; made once, for it takes a moment. */
function data() {
  return (data.made ??= makeData());
}

function makeData() {
  const random = randomSource(5);
  const model = graphModel(describe, random);
  const image = random([SIZE, SIZE, 3], 0.5);
  return { model, files: model.files, image, shape: [1, SIZE, SIZE, 3] };
}

/** The graph's nodes, by the writer of graph_model.js. */
function describe(graph) {
  let x = graph.placeholder("image", [1, SIZE, SIZE, 3]);
  x = relu6Conv(graph, x, "first", [3, 3, 3, FIRST], 2);
  let channels = FIRST;
  for (const [expansion, next, repetitions, firstStride] of BLOCKS) {
    for (let i = 0; i < repetitions; i++) {
      const stride = i === 0 ? firstStride : 1;
      x = block(graph, x, { expansion, channels, next, stride });
      channels = next;
    }
  }
  x = relu6Conv(graph, x, "last", [1, 1, channels, LAST], 1);
  x = graph.add("AvgPool", [x], { ...same(2), padding: "VALID", ksize: [1, 7, 7, 1] });
  // Probabilities from near 0 to some tenths: flat ones would hide errors.
  x = linearConv(graph, x, "logits", [1, 1, LAST, CLASSES], LAST / 8);
  x = graph.add("Squeeze", [x], { squeeze_dims: [1, 2] });
  return graph.add("Softmax", [x]);
}

/** An inverted residual block: wider, depthwise, narrower, and the input added where it fits. */
function block(graph, input, { expansion, channels, next, stride }) {
  const wide = expansion * channels;
  let x = input;
  if (expansion > 1) x = relu6Conv(graph, x, "expand", [1, 1, channels, wide], 1);
  x = depthwise(graph, x, wide, stride);
  x = linearConv(graph, x, "project", [1, 1, wide, next], wide);
  return stride === 1 && channels === next ? graph.add("Add", [x, input]) : x;
}

const same = (stride) => ({
  strides: [1, stride, stride, 1],
  dilations: [1, 1, 1, 1],
  padding: "SAME",
  data_format: "NHWC",
});

function relu6Conv(graph, x, name, shape, stride) {
  const inputs = shape[0] * shape[1] * shape[2];
  const weights = kernelAndBias(graph, name, shape, Math.sqrt(2 / inputs), shape[3]);
  return graph.add("_FusedConv2D", [x, ...weights], {
    ...same(stride),
    fused_ops: ["BiasAdd", "Relu6"],
    num_args: 1,
  });
}

function linearConv(graph, x, name, shape, inputs) {
  const weights = kernelAndBias(graph, name, shape, Math.sqrt(1 / inputs), shape[3]);
  return graph.add("_FusedConv2D", [x, ...weights], {
    ...same(1),
    fused_ops: ["BiasAdd"],
    num_args: 1,
  });
}

function depthwise(graph, x, channels, stride) {
  const [kernel, bias] = kernelAndBias(
    graph,
    "depthwise",
    [3, 3, channels, 1],
    Math.sqrt(2 / 9),
    channels,
  );
  const y = graph.add("DepthwiseConv2dNative", [x, kernel], same(stride));
  return graph.add("Relu6", [graph.add("BiasAdd", [y, bias])]);
}

function kernelAndBias(graph, name, shape, deviation, outputs) {
  return [
    graph.weight(`${name}/kernel`, shape, deviation),
    graph.weight(`${name}/bias`, [outputs], 0.1),
  ];
}
