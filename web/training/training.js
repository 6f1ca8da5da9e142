// The training page: buttons, charts and the drawing. What is learnt, and how, is in training.py.

import { makeAnswer, showPicture } from "../digits/answer.js";
import { EXAMPLES, makePen } from "../digits/pen.js";
import { drawChart } from "../ui/charts.js";
import { latest } from "../ui/latest.js";
import { Runtime, connectSettings, percent, reasonOf, seconds, textElement } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";

const SCANS = new URL("scans.bin", import.meta.url);

const $ = (id) => document.getElementById(id);
const runtime = new Runtime($("runtime"), heard);
let python = null;
let trained = false; // whether there is a network
let hasKept = false; // whether this browser has one from before
let training = null; // {paused, stopped} while one is being trained
let keeping = false; // whether one is being kept or loaded

// ------------------------------------------------------------------------------------ training

/** What training.py reports: a chart, what is misread, how far it is, that it waits. */
function heard({ chart, spec, matrix, epoch, paused, ...told }) {
  if (paused && training?.paused) showState("Paused.");
  if (chart) drawChart($(chart), spec).catch(fail);
  if (matrix) showJudged({ matrix, ...told });
  if (epoch) showProgress({ epoch, ...told });
}

async function train() {
  const { rate, epochs } = $("options").elements;
  training = { paused: false, stopped: false };
  const began = performance.now();
  $("failure").hidden = true;
  showState("Preparing the shaders …");
  try {
    const { accuracy } = await python.call("train", Number(rate.value), Number(epochs.value));
    const time = seconds(performance.now() - began);
    const how = training.stopped ? "Stopped" : "Trained";
    $("status").textContent = `${how} after ${time}: ${percent(accuracy)} of the scans held back are read right.`;
    trained = true;
  } catch (error) {
    fail(error);
    $("status").textContent = "Training failed.";
  }
  training = null;
  showState();
  await recognize();
}

function showProgress({ epoch, epochs, batch, batches }) {
  if (!training) return;
  trained = true;
  $("progress").value = (epoch - 1 + batch / batches) / epochs;
  if (!training.paused) $("status").textContent = `Epoch ${epoch} of ${epochs}, batch ${batch} of ${batches}`;
}

$("options").onsubmit = (event) => {
  event.preventDefault();
  if (python && !training && !keeping) train();
};
$("pause").onclick = async () => {
  training.paused = !training.paused;
  showState(training.paused ? "Pausing …" : "Going on …");
  await python.call(training.paused ? "pause" : "resume");
};
$("stop").onclick = async () => {
  training.stopped = true;
  training.paused = false;
  showState("Stopping …");
  await python.call("stop");
};

/** What can be done now, and a word about it. */
function showState(word) {
  const idle = Boolean(python) && !training && !keeping;
  $("start").disabled = !idle;
  $("start").textContent = trained && idle ? "Start again" : "Start";
  for (const field of $("options").querySelectorAll("input, select")) field.disabled = !idle;
  $("pause").disabled = $("stop").disabled = !training || training.stopped;
  $("pause").textContent = training?.paused ? "Go on" : "Pause";
  $("keep").disabled = $("download").disabled = !idle || !trained;
  $("restore").disabled = !idle || !hasKept;
  $("files").disabled = !idle;
  if (word) $("status").textContent = word;
}

function showJudged({ matrix, misread, wrong, judged }) {
  drawChart($("matrix"), matrix).catch(fail);
  $("wrong").textContent = `${wrong} of 360`;
  $("misread").replaceChildren(...misread.map(misreadItem));
  $("misread").dataset.accuracy = judged;
}

function misreadItem({ label, answer, share, pixels }) {
  const item = document.createElement("li");
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `A scan of a ${label}`);
  showPicture(canvas, pixels);
  item.title = `A ${label}, read as ${answer} (${percent(share)} sure)`;
  item.append(canvas, textElement("span", `${label}, not ${answer}`));
  return item;
}

function fail(error) {
  console.error(error);
  $("failure").replaceChildren(textElement("p", reasonOf(error)));
  $("failure").hidden = false;
}

// ------------------------------------------------------------------------------------- trying it

const show = makeAnswer();
const recognize = latest(async () => {
  // What is drawn before there is a network is read as soon as there is one.
  if (trained) show(await python.call("recognize", pen.pixels()));
});
const pen = makePen($("drawing"), () => recognize().catch(fail));
let example = 0;
$("clear").onclick = () => pen.clear();
$("example").onclick = () => {
  pen.clear();
  pen.draw(EXAMPLES[example++ % EXAMPLES.length]);
};

// --------------------------------------------------------------------------------------- keeping

/** Runs what a button of this part does, and tells what came of it. */
async function act(work) {
  $("failure").hidden = true;
  keeping = true;
  showState();
  try {
    $("kept").textContent = await work();
  } catch (error) {
    fail(error);
    $("kept").textContent = reasonOf(error);
  }
  keeping = false;
  showState();
}

$("keep").onclick = () =>
  act(async () => {
    await python.call("keep");
    hasKept = true;
    return "Kept: it is here when you come back.";
  });
$("restore").onclick = () => act(async () => loaded(await python.call("load_kept")));
$("download").onclick = () =>
  act(async () => {
    const files = Object.entries(await python.call("files"));
    for (const [name, bytes] of files) offer(name, bytes);
    return `Downloaded ${files.map(([name]) => name).join(" and ")}.`;
  });
$("files").onchange = () =>
  act(async () => {
    const content = {};
    for (const file of $("files").files) content[file.name] = new Uint8Array(await file.arrayBuffer());
    $("files").value = "";
    return loaded(await python.call("load_files", content));
  });

function loaded({ parameters, ...judged }) {
  trained = true;
  showJudged(judged);
  showState("A network was loaded; training starts with a new one.");
  recognize().catch(fail);
  return `Loaded ${parameters.toLocaleString("en")} weights: ${percent(judged.judged)} of the scans held back are read right.`;
}

function offer(name, bytes) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "training.py");
  show(null);
  const scans = fetch(SCANS);
  const started = await runtime.start("../digits/digits.py");
  await started.run("training.py");
  const response = await scans;
  if (!response.ok) throw new Error(`${SCANS}: ${response.status} ${response.statusText}`);
  runtime.ready(await started.call("prepare", new Uint8Array(await response.arrayBuffer())));
  hasKept = await started.call("kept");
  python = started;
  showState("Ready.");
}

start().catch((error) => runtime.fail(error));
