// Real models with their own weights, in TF.js's graph format: from an image in memory to all of the
// model's outputs in memory. The models are not part of the repository: where /models is not served
// (see tests/models_folder.py), these works are left out. graph_models.json is the table, which the
// native bench reads too: folder below /models, width and height of the image, what the model is.
import { randomSource } from "./random.js";

const MODELS = new URL("../../models/", import.meta.url).href;

const rows = await (await fetch(new URL("graph_models.json", import.meta.url))).json();

export const graphModels = rows.map(({ name, folder, size, title }) => ({
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
