// Real models with their own weights, in TF.js's graph format: from an image in memory to all of the
// model's outputs in memory. The models are not part of the repository: where /models is not served
// (see tests/models_folder.py), these works are left out.
import { randomSource } from "./random.js";

const MODELS = new URL("../../models/", import.meta.url).href;

// name: folder, width and height of the image, what the model is.
const rows = [
  ["mobilenet_v2", "mobilenet_v2_050_96_fv", 96, "MobileNetV2 0.50 96, feature vector"],
  ["posenet", "posenet_050_s16_uint16", 257, "PoseNet, MobileNetV1 0.50, stride 16, 257x257"],
  ["blazeface", "blazeface", 128, "BlazeFace 128x128"],
  ["facemesh", "facemesh", 192, "FaceMesh 192x192, 468 points"],
];

export const graphModels = rows.map(([name, folder, size, title]) => ({
  name,
  title: `${title}, image in memory to outputs in memory`,
  python: "graph_models.py",
  tolerance: 1e-4,
  needs: `${MODELS}${folder}/model.json`,
  data: () => ({
    url: `${MODELS}${folder}/model.json`,
    image: randomSource(4)([size, size, 3], 0.5),
    shape: [1, size, size, 3],
  }),
  tfjs,
}));

/** TF.js's side. */
async function tfjs(tf, { url, image, shape }) {
  const model = await tf.loadGraphModel(url);
  const step = () => tf.tidy(() => model.execute(tf.tensor(image, shape), model.outputNodes));
  return Object.assign(step, { close: () => model.dispose() });
}
