// The draw-a-digit page: the pen and the bars. What a drawing shows is found out in digits.py.

import { latest } from "../ui/latest.js";
import { Runtime, connectSettings, milliseconds } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { makeAnswer } from "./answer.js";
import { EXAMPLES, makePen } from "./pen.js";

const MODEL = new URL("../models/digits/model.json", import.meta.url).href;

const $ = (id) => document.getElementById(id);
const drawing = $("drawing");
let python = null;
let firstTime = null;

const recognize = latest(async () => {
  if (!python) return; // what is drawn meanwhile is read as soon as Python is there
  show(await python.call("recognize", pen.pixels()));
});

const pen = makePen(drawing, () => recognize().catch((error) => fail(error, "Reading the drawing failed")));
let example = 0;
$("clear").onclick = () => pen.clear();
$("example").onclick = () => {
  pen.clear();
  pen.draw(EXAMPLES[example++ % EXAMPLES.length]);
};
drawing.onkeydown = ({ key }) => {
  if (["Escape", "Delete", "Backspace"].includes(key)) pen.clear();
};

const answer = makeAnswer();

function show(result) {
  answer(result);
  if (result) showTime(result.ms);
}

function showTime(ms) {
  const first = firstTime === null;
  firstTime ??= ms;
  $("timing").textContent = first
    ? `First answer in ${milliseconds(ms)}, preparing the shaders included`
    : `Answered in ${milliseconds(ms)} (the first took ${milliseconds(firstTime)})`;
  Object.assign($("timing").dataset, { first: firstTime, last: ms });
}

const runtime = new Runtime($("runtime"));

function fail(error, title) {
  console.error(error);
  runtime.fail(error, title);
}

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "digits.py");
  answer(null);
  const started = await runtime.start("digits.py");
  const device = await runtime.step("Digits model", () => started.call("load", MODEL));
  $("parameters").textContent = device.parameters.toLocaleString("en");
  runtime.ready(device);
  python = started;
  await recognize();
}

start().catch((error) => fail(error));
