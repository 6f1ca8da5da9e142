// The photo page: photos come in, bars go out. What a photo shows is found out in mobilenet.py.

import { showBars } from "../ui/bars.js";
import { latest } from "../ui/latest.js";
import {
  Runtime,
  connectSettings,
  inSteps,
  milliseconds,
  percent,
  reasonOf,
  setting,
} from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { Camera, decode, photograph } from "../ui/photos.js";

const $ = (id) => document.getElementById(id);
const samples = [...document.querySelectorAll("[data-sample]")];
const runtime = new Runtime($("runtime"));
const camera = new Camera();
const frame = document.createElement("canvas"); // of the camera, not shown
let python = null; // as soon as the model is loaded
let source = null; // what is to be classified: an image, or the video
let firstTime = null;

// --- photos ---

/** Runs a handler; what goes wrong is shown below the photo. */
const careful = (handler) => async (event) => {
  try {
    await handler(event);
  } catch (error) {
    console.error(error);
    $("photo-error").textContent = reasonOf(error);
    $("photo-error").hidden = false;
  }
};

const classify = latest(
  careful(async () => {
    if (!python || !source) return;
    const canvas = source === $("video") ? frame : $("photo");
    show(await python.call("classify", photograph(source, canvas)));
  }),
);

async function usePhoto(image, sample = null) {
  stopCamera();
  $("photo-error").hidden = true;
  source = image;
  for (const button of samples) button.setAttribute("aria-pressed", button === sample);
  photograph(image, $("photo"));
  await classify();
}

async function useFile(file) {
  if (file) await usePhoto(await decode(file));
}

async function useSample(button) {
  const image = button.querySelector("img");
  await image.decode();
  await usePhoto(await createImageBitmap(image), button);
}

$("file").onchange = careful(async ({ target }) => {
  await useFile(target.files[0]);
  target.value = ""; // so that the same file can be chosen again
});
for (const button of samples) button.onclick = careful(() => useSample(button));

document.ondragover = (event) => {
  event.preventDefault();
  $("stage").classList.add("dropping");
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) $("stage").classList.remove("dropping");
};
document.ondrop = careful(async (event) => {
  event.preventDefault();
  $("stage").classList.remove("dropping");
  await useFile(event.dataTransfer.files[0]);
});
document.onpaste = careful((event) => useFile(event.clipboardData.files[0]));

// --- camera ---

$("camera").onclick = careful(async () => {
  if (camera.running) {
    // The last picture stays.
    await usePhoto(await createImageBitmap(photograph($("video"), frame)));
    return;
  }
  await camera.start($("video"));
  for (const button of samples) button.setAttribute("aria-pressed", "false");
  $("photo-error").hidden = true;
  showCamera(true);
  source = $("video");
  while (camera.running) {
    await classify();
    await new Promise(requestAnimationFrame);
  }
});

function stopCamera() {
  if (!camera.running) return;
  camera.stop();
  showCamera(false);
}

function showCamera(on) {
  $("video").hidden = !on;
  $("photo").hidden = on;
  $("camera").textContent = on ? "Stop camera" : "Start camera";
  $("camera").setAttribute("aria-pressed", on);
}

// --- answers ---

function show({ classes, ms }) {
  showBars($("bars"), classes.map(shortened));
  const [{ name, probability }] = classes;
  // Twenty times a second would be too much for a screen reader.
  if (!camera.running) $("sentence").textContent = `${name}, ${percent(probability)}`;
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

// --- start ---

async function load(started, url) {
  $("model-error").hidden = true;
  $("model").value = url ?? "";
  const absolute = url && new URL(url, location.href).href;
  try {
    const device = await runtime.step("MobileNet", () => started.call("load", absolute));
    await runtime.step("Shaders", () => started.call("prepare"), inSteps);
    runtime.ready(device);
  } catch (error) {
    showModelError(error, absolute ?? (await started.call("default_url")));
    return;
  }
  python = started;
  await classify();
}

function showModelError(error, url) {
  console.error(error);
  $("failed-url").textContent = url;
  $("failed-reason").textContent = reasonOf(error).replace(`${url}: `, "");
  $("other-url").value = url;
  $("model-error").hidden = false;
}

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "mobilenet.py");
  careful(useSample)(samples[0]);
  const started = await runtime.start("mobilenet.py");
  $("retry").onsubmit = careful(async (event) => {
    event.preventDefault();
    await load(started, $("other-url").value);
  });
  await load(started, setting("model"));
}

start().catch((error) => {
  console.error(error);
  runtime.fail(error);
});
