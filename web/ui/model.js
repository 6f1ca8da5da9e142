// Loading the model of a page: its progress, and what can be done where it cannot be had. The page
// has the section #model-error with the form #retry, the setting #model, and in its Python the
// functions `load(url)`, `prepare()` and `default_url()`; where there is a choice, `choose(task,
// detail)` comes before.

import { latest } from "./latest.js";
import { inSteps, reasonOf, setting } from "./runtime.js";

const $ = (id) => document.getElementById(id);
const absolute = (url) => url && new URL(url, location.href).href;

/** Starts Python and loads the model that the address names, or else the usual one; again with
 * another address where that failed, and others as they are chosen.
 *   model     its name, or the choice among several that connectTasks made
 *   detail    the address of what belongs to the first of them
 *   loaded    `loaded(python)` follows each success
 *   failed    `failed()` follows each failure */
export async function startWithModel(runtime, file, model, { detail, loaded, failed = () => {} }) {
  const python = await runtime.start(file);
  let again = false;
  let changes = 0; // of the task; what is loaded for an earlier one is not used

  const load = latest(async (url = null, beside = null) => {
    if (again) runtime.began = performance.now(); // else it includes Python
    again = true;
    const before = changes;
    let where = url;
    const name = model.tasks?.[model.current].name ?? model;
    runtime.steps.replaceChildren(...[...runtime.steps.children].slice(0, 1));
    $("model-error").hidden = true;
    $("model").value = url ?? "";
    await model.unused; // what the task before has under way
    try {
      where = absolute(url);
      if (model.tasks) await python.call("choose", model.current, absolute(beside));
      const device = await runtime.step(name, () => python.call("load", where));
      await runtime.step("Shaders", () => python.call("prepare"), inSteps);
      if (changes !== before) return;
      runtime.ready(device);
    } catch (error) {
      if (changes !== before) return;
      await tell(error, where).catch((ended) => runtime.fail(ended));
      failed();
      return;
    }
    await loaded(python);
  });

  /** Says what is wrong with the model; fails where it is Python, which no other address helps. */
  async function tell(error, where) {
    if (error.name === "PythonEnded") throw error;
    showError(error, where ?? (await python.call("default_url")));
  }

  $("retry").onsubmit = async (event) => {
    event.preventDefault();
    await load($("other-url").value, detail);
  };
  if (model.tasks) {
    model.onchange = () => {
      changes++;
      return load();
    };
  }
  await load(setting("model"), detail);
}

function showError(error, url) {
  console.error(error);
  $("failed-url").textContent = url;
  $("failed-reason").textContent = reasonOf(error).replace(`${url}: `, "");
  $("other-url").value = url;
  $("model-error").hidden = false;
}
