// The buttons with `data-task` that choose what a page does; the address names it too (?task=...).

import { setting } from "./runtime.js";

const buttons = [...document.querySelectorAll("[data-task]")];

/** Connects the buttons to `tasks`, an object by name. `shown(name)` is called for the first and each
 * that is chosen. Returns the choice:
 *   current         the name of the task
 *   onchange(name)  to be set by whoever loads what the task needs
 *   use(work)       the result of the async function `work` for this task. Where another task is
 *                   chosen meanwhile it is undefined, even if `work` fails: nobody asks any more.
 *   unused          settles when no such work goes on: what it used may be taken away then */
export function connectTasks(tasks, shown) {
  const asked = setting("task");
  const choice = { tasks, current: null, onchange: null, use, unused: Promise.resolve() };
  let changes = 0;

  function show(name) {
    choice.current = name;
    changes++;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.task === name);
    document.getElementById("settings").elements.task.value = name;
    shown(name);
  }

  async function use(work) {
    const before = changes;
    const working = work();
    choice.unused = Promise.allSettled([choice.unused, working]);
    try {
      const result = await working;
      if (changes === before) return result;
    } catch (error) {
      if (changes === before) throw error;
    }
  }

  for (const button of buttons) {
    button.onclick = async () => {
      const name = button.dataset.task;
      if (name === choice.current || !choice.onchange) return;
      show(name);
      await choice.onchange(name);
    };
  }
  show(asked in tasks ? asked : Object.keys(tasks)[0]);
  return choice;
}
