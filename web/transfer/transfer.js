// The page for transfer learning: examples and clicks come in, bars go out. What is learned and
// answered is found out in teach.py.

import { showBars } from "../ui/bars.js";
import { drawChart } from "../ui/charts.js";
import { latest } from "../ui/latest.js";
import { startWithModel } from "../ui/model.js";
import { Camera, decode, photograph } from "../ui/photos.js";
import { Runtime, connectSettings, milliseconds, percent, reasonOf } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { Things } from "./classes.js";

const SIDE = 224;
const FEW = 5;
const SAMPLES = { Cat: "chelsea", Coffee: "coffee", Astronaut: "astronaut" };

const $ = (id) => document.getElementById(id);
const camera = new Camera();
const frame = document.createElement("canvas"); // of the camera, not shown
let source = null; // what is asked about: an image, or the video
let training = false;
let madeReady;
const ready = new Promise((resolve) => (madeReady = resolve)); // Python, with the model loaded

/** Runs a handler; what goes wrong is told in the section with that name, until all goes well. */
const careful = (section, handler) => async (event) => {
  const place = $(`${section}-error`);
  try {
    place.hidden = true;
    await handler(event);
  } catch (error) {
    console.error(error);
    place.textContent = reasonOf(error);
    place.hidden = false;
  }
};

// --- look ---

const classify = latest(
  careful("look", async () => {
    const asked = source;
    if (!asked) return;
    const python = await ready;
    const found = await python.call("classify", photograph(asked, frame, SIDE));
    if (found && source === asked) show(found); // else there is another picture by now
  }),
);

async function ask(image) {
  camera.stop();
  source = image;
  photograph(image, $("photo"), 2 * SIDE);
  showStage("photo");
  await classify();
}

const askFile = async (file) => file && (await ask(await decode(file)));

$("file").onchange = careful("look", async ({ target }) => {
  const [file] = target.files;
  target.value = ""; // so that the same file can be chosen again
  await askFile(file);
});

$("camera").onclick = careful("look", async () => {
  if (camera.running) await ask(await createImageBitmap(photograph($("video"), frame, 2 * SIDE)));
  else await startCamera();
});

/** Starts the camera, unless it runs, and answers to it for as long as it does. */
async function startCamera() {
  if (camera.running) return $("video");
  const others = camera.starting; // who asked for it first shows it
  try {
    if (!(await camera.start($("video")))) throw new Error("something else was chosen");
  } catch (error) {
    camera.stop();
    throw new Error(`The camera cannot be used (${reasonOf(error)}). Photos teach as well.`);
  }
  if (others) return $("video");
  showStage("video");
  source = $("video");
  watch();
  return $("video");
}

const watch = careful("look", async () => {
  while (camera.running) {
    await classify();
    await new Promise(requestAnimationFrame);
    if (camera.running && !camera.stream.active) {
      camera.stop();
      showStage("empty");
      throw new Error("The camera has stopped.");
    }
  }
});

/** Shows the photo or the camera's picture. */
function showStage(what) {
  for (const id of ["photo", "video", "empty"]) $(id).hidden = id !== what;
  const on = what === "video";
  $("camera").textContent = on ? "Stop camera" : "Start camera";
  $("camera").setAttribute("aria-pressed", on);
}

function show({ classes, ms }) {
  showBars($("bars"), classes);
  const best = classes.reduce((a, b) => (b.probability > a.probability ? b : a));
  // Twenty times a second would be too much for a screen reader.
  if (!camera.running) $("sentence").textContent = `${best.name}, ${percent(best.probability)}`;
  $("timing").textContent = `Answered in ${milliseconds(ms)}`;
}

// --- examples ---

const things = new Things($("classes"), {
  remember: async (number, pixels) => (await ready).call("remember", number, pixels),
  forget: async (numbers) => (await ready).call("forget", numbers),
  camera: startCamera,
  addFiles,
  careful: (handler) => careful("teach", handler),
});

/** Adds photos to a thing; of several that are none, all are told. */
async function addFiles(thing, files) {
  const refused = [];
  for (const file of files) {
    let image;
    try {
      image = await decode(file);
    } catch (error) {
      refused.push(error.message);
      continue;
    }
    await things.addExample(thing, image);
    image.close();
  }
  if (refused.length) throw new Error(refused.join(" "));
}

$("add-class").onclick = () => things.add().input.focus();

/** Adds three things with crops of this site's sample photos. */
$("samples").onclick = careful("teach", async () => {
  for (const [name, file] of Object.entries(SAMPLES)) {
    const response = await fetch(`../samples/${file}.jpg`);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    const image = await decode(await response.blob());
    const thing = things.list.find((other) => !other.input.value && !other.examples.size) ?? things.add();
    thing.name = name;
    for (let i = 0; i < 6; i++) await things.addExample(thing, cropped(image, 0.6 + 0.08 * i, i));
  }
});

/** A part of an image, at a place that its number says. */
function cropped(image, share, number) {
  const side = Math.round(Math.min(image.width, image.height) * share);
  const across = ((number * 2) % 5) / 4;
  const down = ((number * 3) % 5) / 4;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const place = [-across * (image.width - side), -down * (image.height - side)];
  canvas.getContext("2d").drawImage(image, ...place);
  return canvas;
}

document.ondragover = (event) => {
  event.preventDefault();
  showDrop(things.at(event)?.element ?? $("stage"));
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) showDrop(null);
};
document.ondrop = (event) => {
  event.preventDefault();
  showDrop(null);
  const files = [...event.dataTransfer.files];
  const thing = things.at(event);
  if (thing) careful("teach", () => addFiles(thing, files))();
  else careful("look", () => askFile(files[0]))();
};

function showDrop(place) {
  for (const element of document.querySelectorAll(".dropping")) element.classList.remove("dropping");
  place?.classList.add("dropping");
}

// --- training ---

/** What is to be learned; says what is missing in words. */
function lessons() {
  const classes = things.list.map((thing) => ({ name: thing.name, examples: [...thing.examples] }));
  if (classes.length < 2) throw new Error("One thing alone cannot be told from anything: add another.");
  const twice = classes.find(({ name }, i) => classes.findIndex((c) => c.name === name) < i);
  if (twice) throw new Error(`Two things are called ${twice.name}: give one another name.`);
  const empty = classes.filter(({ examples }) => !examples.length).map(({ name }) => name);
  if (empty.length) throw new Error(`There are no examples yet of ${empty.join(", ")}.`);
  return classes;
}

$("train").onclick = careful("train", async () => {
  const python = await ready;
  if (training) return python.call("stop");
  const classes = lessons();
  showTraining(true);
  try {
    const { loss, accuracy } = await python.call("train", classes);
    await answerAnew();
    const few = classes.some(({ examples }) => examples.length < FEW);
    const advice = few ? ` Give ${FEW} examples or more of each to make it surer.` : "";
    $("train-state").textContent =
      `Trained: loss ${loss.toFixed(3)}, ${percent(accuracy)} of the examples right.${advice}`;
  } catch (error) {
    $("train-state").textContent = "It has not been trained; your examples are still there.";
    throw error;
  } finally {
    showTraining(false);
  }
});

function showTraining(on) {
  training = on;
  $("train").textContent = on ? "Stop" : "Train";
  $("train-progress").hidden = $("epoch").hidden = !on;
  if (!on) return;
  $("train-progress").removeAttribute("value");
  $("train-state").textContent = "Training …";
  $("epoch").textContent = "Preparing";
}

/** An epoch has ended: its numbers, or the chart of all so far. */
function showEpoch({ epoch, of, loss, accuracy, chart }) {
  if (chart) {
    $("charts").hidden = false;
    drawChart($("charts"), chart).catch(console.error); // the numbers tell it as well
    return;
  }
  Object.assign($("train-progress"), { value: epoch, max: of });
  $("epoch").textContent =
    `Epoch ${epoch} of ${of}: loss ${loss.toFixed(3)}, ${percent(accuracy)} right`;
}

/** There is a head, or another one: what is shown is asked about again. */
async function answerAnew() {
  $("keep").disabled = $("download").disabled = false;
  await classify();
}

// --- keeping ---

$("keep").onclick = careful("keep", async () => {
  const python = await ready;
  try {
    await python.call("keep");
  } catch (error) {
    throw new Error(`It cannot be kept here (${reasonOf(error)}). Download it instead.`);
  }
  $("keep-state").textContent = "Kept in this browser. Restore brings it back, after a reload too.";
  $("restore").disabled = false;
});

$("restore").onclick = careful("keep", async () => {
  await takeOver(await (await ready).call("restore"));
});

$("download").onclick = careful("keep", async () => {
  const packed = await (await ready).call("pack");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([packed], { type: "application/zip" }));
  link.download = "taught-with-tfpy.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // it is being read until then
  $("keep-state").textContent = `Downloaded as ${link.download}.`;
});

$("open").onchange = careful("keep", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) await takeOver(await (await ready).call("unpack", await file.arrayBuffer()));
});

/** Another head answers from now on. Examples stay; where there are none, its names are shown. */
async function takeOver(labels) {
  if (things.list.every(({ examples }) => !examples.size)) {
    for (const thing of [...things.list]) things.remove(thing);
    for (const label of labels) things.add(label);
  }
  await answerAnew();
  $("keep-state").textContent = `It knows ${labels.join(", ")} again.`;
}

/** Says whether something is kept here. */
async function lookForKept(python) {
  let date;
  try {
    date = await python.call("kept");
  } catch (error) {
    throw new Error(`This browser keeps nothing for this page (${reasonOf(error)}). Download works.`);
  }
  if (!date) return;
  $("restore").disabled = false;
  const when = new Date(date).toLocaleString();
  $("keep-state").textContent = `There is one that you kept here on ${when}.`;
}

// --- start ---

const runtime = new Runtime($("runtime"), showEpoch);

function loaded(python) {
  $("train").disabled = $("open").disabled = false;
  $("train-state").textContent = "It takes a few seconds.";
  madeReady(python);
  careful("keep", () => lookForKept(python))();
}

function failed() {
  $("train-state").textContent = "There is no model to train yet.";
}

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "teach.py");
  things.add();
  things.add();
  await startWithModel(runtime, "teach.py", "MobileNet", { loaded, failed });
}

start().catch((error) => {
  console.error(error);
  runtime.fail(error);
});
