// The camera page: pictures come in, what is found is drawn over them. It is found in vision.py.

import { startWithModel } from "../ui/model.js";
import { Runtime, connectSettings, milliseconds, setting, textElement } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { Stage } from "../ui/stage.js";
import { connectTasks } from "../ui/tasks.js";

/** What can be found: a name for the network, and what there is to know about it. */
const TASKS = {
  objects: {
    name: "SSD",
    about: "An SSD on MobileNet finds things of 90 kinds and puts boxes around them.",
  },
  pose: {
    name: "PoseNet",
    about: "PoseNet finds 17 points of each body. It sees whole bodies best.",
  },
  face: {
    name: "Face mesh",
    about: "BlazeFace finds the face, and a second network puts 468 points on it.",
  },
  people: {
    name: "BodyPix",
    about: "BodyPix says of each pixel whether it belongs to a person.",
  },
};
/** What the stages that Python tells of are to whoever looks. */
const STAGES = {
  steps: "steps around the network",
  network: "starting the network",
  device: "waiting for the device",
};
const MOST = 8; // things listed; all are drawn

const $ = (id) => document.getElementById(id);
const runtime = new Runtime($("runtime"));
let python = null; // as soon as the model is loaded
let last = null; // when the previous answer came

const stage = new Stage(async (shoot) => {
  if (!python) return;
  const pixels = shoot();
  const began = performance.now();
  const answer = await tasks.use(() => python.call("look", pixels, stage.camera.running));
  if (answer) show(answer, began);
});

function show({ found, picture, times }, began) {
  const start = performance.now();
  const canvas = $("drawn");
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const counts = `${found.length || "Nothing"} found`;
  // Twenty times a second would be too much for a screen reader.
  if ($("found").textContent !== counts) $("found").textContent = counts;
  $("list").replaceChildren(...found.slice(0, MOST).map((text) => textElement("li", text)));
  showTimes(times, began, start);
}

function showTimes(times, began, start) {
  const now = performance.now();
  const inside = Object.values(times).reduce((sum, ms) => sum + ms, 0);
  const all = { ...times, "to the page and back": start - began - inside, shown: now - start };
  $("stages").replaceChildren(
    ...Object.entries(all).flatMap(([name, ms]) => [
      textElement("dt", STAGES[name] ?? name),
      textElement("dd", milliseconds(Math.max(0, ms))),
    ]),
  );
  const live = stage.camera.running && last;
  const rate = live ? `, ${(1000 / (now - last)).toFixed(1)} pictures per second` : "";
  $("rate").textContent = `${milliseconds(now - began)} for this picture${rate}.`;
  Object.assign($("rate").dataset, { last: now - began, answers: +($("rate").dataset.answers ?? 0) + 1 });
  last = stage.camera.running ? now : null;
}

const tasks = connectTasks(TASKS, (task) => {
  python = last = null;
  $("about").textContent = TASKS[task].about;
  $("drawn").width = 0;
  $("list").replaceChildren();
  $("found").textContent = "What is found appears here.";
  $("photo-error").hidden = true;
});

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "vision.py");
  stage.careful(() => stage.useSample(stage.samples.at(-1)))();
  const loaded = (started) => {
    python = started;
    return stage.look();
  };
  await startWithModel(runtime, "vision.py", tasks, { detail: setting("detector"), loaded });
}

start().catch((error) => {
  console.error(error);
  runtime.fail(error);
});
