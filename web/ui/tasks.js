// The buttons with `data-task` that choose what a page does; the address names it too (?task=...).

import { setting } from "./runtime.js";

const buttons = [...document.querySelectorAll("[data-task]")];

/** Connects the buttons to `tasks`, an object by name. `shown(name)` is called for the first and each
 * that is chosen. Returns the choice: `current`, and `onchange(name)` to be set by whoever loads. */
export function connectTasks(tasks, shown) {
  const asked = setting("task");
  const choice = { tasks, current: null, onchange: null };

  function show(name) {
    choice.current = name;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.task === name);
    document.getElementById("settings").elements.task.value = name;
    shown(name);
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
