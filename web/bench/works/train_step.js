// One step of training the convolutional network of TF.js's MNIST example: forward, loss, backward,
// update of the weights, loss in memory. The losses of the first steps are compared.
import { layersModel, loadLayers, withBias } from "./layers_model.js";
import { randomSource } from "./random.js";

const BATCH = 32;
const CLASSES = 10;
const RATE = 0.05;

export const trainStep = {
  name: "train_step",
  title: `Training step of a small convolutional network, ${BATCH} images of 28x28, SGD`,
  python: "train_step.py",
  peers: ["tfjs-webgl"], // TF.js's wasm backend has no gradients of convolutions
  steps: 5,
  tolerance: 1e-4,
  data,
  tfjs,
};

function data() {
  const random = randomSource(3);
  return {
    ...layersModel("mnist", describeLayers(), random),
    images: random([BATCH, 28, 28, 1]),
    shape: [BATCH, 28, 28, 1],
    labels: Array.from({ length: BATCH }, (_, i) => (i * 7) % CLASSES),
    classes: CLASSES,
    rate: RATE,
  };
}

function describeLayers() {
  const input = { batch_input_shape: [null, 28, 28, 1], dtype: "float32" };
  return [
    { class_name: "InputLayer", config: input },
    conv(1, 8),
    pool,
    conv(8, 16),
    pool,
    { class_name: "Flatten", config: {} },
    {
      class_name: "Dense",
      config: { units: CLASSES, use_bias: true },
      arrays: withBias("kernel", [256, CLASSES], 256, CLASSES),
    },
  ];
}

const pool = { class_name: "MaxPooling2D", config: { pool_size: [2, 2], strides: [2, 2] } };

function conv(channels, filters) {
  return {
    class_name: "Conv2D",
    config: { filters, kernel_size: [5, 5], use_bias: true, activation: "relu" },
    arrays: withBias("kernel", [5, 5, channels, filters], 25 * channels, filters),
  };
}

/** TF.js's side. */
async function tfjs(tf, { images, shape, labels, classes, rate, ...artifacts }) {
  const model = await loadLayers(tf, artifacts);
  const optimizer = tf.train.sgd(rate);
  const x = tf.tensor(images, shape);
  const wanted = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const loss = () => tf.losses.softmaxCrossEntropy(wanted, model.apply(x, { training: true }));
  return () => tf.tidy(() => optimizer.minimize(loss, true));
}
