// What every page shows around its Python: the progress of starting, then what it runs on, and the
// settings. Settings live in the address (?main, ?cdn, ?model=...), so they can be linked to.

import { startPython } from "../loader.js";

const settings = new URLSearchParams(location.search);

/** The value of a setting in the address; null where it is not there, or empty. */
export const setting = (name) => settings.get(name) || null;

/** The part of a page that tells how Python is doing. `element` is an empty section; `heard` gets what
 * Python functions report besides how far they are, such as charts. */
export class Runtime {
  constructor(element, heard = () => {}) {
    this.element = element;
    this.heard = heard;
    this.steps = document.createElement("ul");
    this.steps.className = "steps";
    this.began = performance.now();
  }

  /** Starts Python, anew if it has ended, and runs the page's file; returns loader.js's interface. */
  async start(file) {
    this.steps.replaceChildren();
    this.began = performance.now();
    const worker = !settings.has("main");
    this.python = await this.step("Python and tfpy", () =>
      startPython({
        worker,
        onProgress: (event) => this.report(event),
        onEnd: (error) => this.fail(error),
      }),
    );
    this.where = this.python.worker ? "in a worker" : "on the main thread";
    if (worker && !this.python.worker) this.where += " (workers have no WebGL2 here)";
    await this.python.run(file);
    return this.python;
  }

  /** Shows a line for something that takes time, with the bytes (or steps) that `report` hears of. */
  async step(name, work, count = inBytes) {
    const row = document.createElement("li");
    row.innerHTML = `<span class="step-name"></span><progress></progress><span class="amount"></span>`;
    const [label, bar, amount] = row.children;
    label.textContent = name;
    bar.setAttribute("aria-label", name);
    this.steps.append(row);
    if (!this.steps.isConnected) this.element.replaceChildren(this.steps);
    this.current = { bar, amount, count };
    try {
      const result = await work();
      bar.value = bar.max;
      row.classList.add("done");
      return result;
    } catch (error) {
      row.remove();
      throw error;
    }
  }

  report({ loaded, total, ...told }) {
    if (loaded === undefined) return this.heard(told);
    const { bar, amount, count } = this.current;
    if (total && loaded < total) {
      bar.max = total;
      bar.value = loaded;
    } else {
      bar.removeAttribute("value"); // all is here; unpacking has no measure
    }
    amount.textContent = count(loaded, total);
  }

  /** Replaces the progress by facts: the backend, its device, the thread, the time to get here. */
  ready({ backend, device }) {
    const facts = {
      Backend: backend === "webgl" ? "WebGL2" : backend,
      Device: device ? shortName(device) : "CPU",
      Python: this.where,
      "Ready in": seconds(performance.now() - this.began),
    };
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [name, value] of Object.entries(facts)) {
      const fact = document.createElement("div");
      fact.append(textElement("dt", name), textElement("dd", value));
      if (name === "Device") fact.title = device ?? value;
      list.append(fact);
    }
    this.element.replaceChildren(list);
    this.element.dataset.state = "ready";
  }

  /** Says what went wrong, in place of the facts. */
  fail(error, title = "Python could not start") {
    const ended = error.name === "PythonEnded";
    const box = document.createElement("div");
    box.className = "error";
    box.setAttribute("role", "alert");
    box.append(textElement("h2", ended ? "Python has stopped" : title), textElement("p", reasonOf(error)));
    if (ended) box.append(textElement("p", "What it had in memory is lost."), reloadButton());
    if (!this.python && settings.has("cdn")) {
      box.append(textElement("p", "The settings below can turn the CDN off: Pyodide then comes from here."));
    }
    if (error.name === "PythonError") {
      const traceback = document.createElement("details");
      traceback.append(textElement("summary", "Traceback"), textElement("pre", error.message));
      box.append(traceback);
    }
    this.element.replaceChildren(box);
    this.element.dataset.state = "failed";
  }
}

function reloadButton() {
  const button = textElement("button", "Reload the page");
  button.onclick = () => location.reload();
  return button;
}

/** The part of a device's name that people know it by: what Chromium's ANGLE wraps it in goes. */
function shortName(device) {
  const [, wrapped] = device.match(/^ANGLE \([^,]+, (.+), [^,]+\)$/) ?? [null, device];
  const [, inner] = wrapped.match(/^Vulkan [\d.]+ \((.+)\)$/) ?? [null, wrapped];
  return inner.replace(/^ANGLE Metal Renderer: | \(0x[\dA-Fa-f]+\)| (Direct3D|OpenGL|vs_).*$/g, "");
}

/** An element with only text in it. */
export function textElement(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

/** What an error says, without Python's traceback and the name of the exception's class. */
export function reasonOf({ name, type, message }) {
  if (name !== "PythonError") return message;
  return message.match(new RegExp(`^(?:[\\w.]+\\.)?${type}: ([^]*)`, "m"))?.[1].trim() ?? message;
}

const inBytes = (loaded, total) =>
  total ? `${millions(loaded)} of ${millions(total)} MB` : `${millions(loaded)} MB`;
export const inSteps = (done, total) => `${done} of ${total}`;
const millions = (bytes) => (bytes / 1e6).toFixed(bytes < 1e5 ? 2 : 1);
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
export const milliseconds = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);
export const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** Fills a settings form from the address. It is sent as an address, so a change reloads. */
export function connectSettings(form) {
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") {
      field.checked = settings.has(field.name);
      field.addEventListener("change", () => form.requestSubmit());
    } else {
      field.value = setting(field.name) ?? field.defaultValue;
    }
  }
}
