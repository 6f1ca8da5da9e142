// The landing page: code that a visitor can change and run, and where the wheel is.

import { Runtime, milliseconds } from "../ui/runtime.js";
import { showPython } from "../ui/source.js";

const $ = (id) => document.getElementById(id);
const runtime = new Runtime($("runtime"));
let started = null;

/** Python, started by the first run. */
async function start() {
  $("runtime").hidden = false;
  const python = await runtime.start(new URL("playground.py", import.meta.url).href);
  runtime.ready(await python.call("device"));
  return python;
}

async function run() {
  $("run").disabled = true;
  $("took").textContent = started ? "Running …" : "Starting Python …";
  try {
    const python = await (started ??= start());
    $("took").textContent = "Running …";
    show(await python.call("execute", $("code").value));
  } catch (error) {
    console.error(error);
    started = null;
    $("took").textContent = "";
    runtime.fail(error);
  } finally {
    $("run").disabled = false;
  }
}

function show({ output, failed, ms }) {
  $("output").textContent = output || "(nothing printed)";
  $("output").classList.toggle("failed", failed);
  $("output").hidden = false;
  $("took").textContent = `Ran in ${milliseconds(ms)}.`;
}

$("run").onclick = run;
$("code").oninput = () => showPython($("coloured"), `${$("code").value}\n`);
$("code").onkeydown = (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!$("run").disabled) run();
  }
};
$("code").oninput();

async function showWheel() {
  const response = await fetch("dist/manifest.json");
  const { wheels } = await response.json();
  const wheel = wheels.find(({ kind }) => kind === "py");
  const url = new URL(`dist/${wheel.path}`, location.href).href;
  for (const place of document.querySelectorAll(".wheel-url")) place.textContent = url;
  const link = document.createElement("a");
  link.href = url;
  link.textContent = wheel.name;
  $("wheel").append("One pure-Python wheel, ", link, `, ${Math.ceil(wheel.bytes / 1000)} KB.`);
}

showWheel().catch(console.error);
