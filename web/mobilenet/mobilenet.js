// The photo page: photos come in, bars go out. What a photo shows is found out in mobilenet.py.

import { showBars } from "../ui/bars.js";
import { startWithModel } from "../ui/model.js";
import { Runtime, connectSettings, milliseconds, percent } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { Stage } from "../ui/stage.js";

const $ = (id) => document.getElementById(id);
const runtime = new Runtime($("runtime"));
let python = null; // as soon as the model is loaded
let firstTime = null;

const stage = new Stage(async (shoot) => {
  if (python) show(await python.call("classify", shoot()));
});

function show({ classes, ms }) {
  showBars($("bars"), classes.map(shortened));
  const [{ name, probability }] = classes;
  // Twenty times a second would be too much for a screen reader.
  if (!stage.camera.running) $("sentence").textContent = `${name}, ${percent(probability)}`;
  showTime(ms);
}

/** A class under the first of its names; all are its title. */
function shortened({ name, probability }) {
  const [first, ...others] = name.split(", ");
  return { name: first, probability, title: others.length ? name : "" };
}

function showTime(ms) {
  const first = firstTime === null;
  firstTime ??= ms;
  $("timing").textContent = first
    ? `First prediction: ${milliseconds(ms)}.`
    : `This prediction: ${milliseconds(ms)}. The first one took ${milliseconds(firstTime)}.`;
  Object.assign($("timing").dataset, { first: firstTime, last: ms });
}

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "mobilenet.py");
  stage.careful(() => stage.useSample())();
  const loaded = (started) => {
    python = started;
    return stage.look();
  };
  await startWithModel(runtime, "mobilenet.py", "MobileNet", { loaded });
}

start().catch((error) => {
  console.error(error);
  runtime.fail(error);
});
