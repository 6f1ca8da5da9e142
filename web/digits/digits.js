// The draw-a-digit page: the pen and the bars. What a drawing shows is found out in digits.py.

import { latest } from "../ui/latest.js";
import { Runtime, connectSettings, milliseconds, percent } from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
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

const bars = Array.from({ length: 10 }, (_, digit) => {
  const item = document.createElement("li");
  item.innerHTML = `<span class="share"></span><span class="bar"></span><span>${digit}</span>`;
  $("bars").append(item);
  return item;
});

function show(result) {
  const shares = result?.probabilities ?? Array(10).fill(0);
  const best = result ? shares.indexOf(Math.max(...shares)) : -1;
  bars.forEach((item, digit) => {
    item.classList.toggle("best", digit === best);
    item.style.setProperty("--share", shares[digit]);
    item.firstChild.textContent = shares[digit] >= 0.005 ? Math.round(shares[digit] * 100) : "";
  });
  $("answer").textContent = result ? best : "?";
  $("sentence").textContent = result
    ? `This is a ${best} (${percent(shares[best])}).`
    : "Draw a digit from 0 to 9.";
  showPicture(result?.picture);
  if (result) showTime(result.ms);
}

function showPicture(picture = new Float32Array(28 * 28)) {
  const pixels = new ImageData(28, 28);
  picture.forEach((ink, i) => pixels.data.fill(Math.round(ink * 255), 4 * i, 4 * i + 3));
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  $("seen").getContext("2d").putImageData(pixels, 0, 0);
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
  showPicture();
  const started = await runtime.start("digits.py");
  const device = await runtime.step("Digits model", () => started.call("load", MODEL));
  $("parameters").textContent = device.parameters.toLocaleString("en");
  runtime.ready(device);
  python = started;
  await recognize();
}

start().catch((error) => fail(error));
