// The things a visitor teaches, as cards: a name and examples of each. Python is not known here: what
// it needs to hear of examples, it is told by two functions.

import { photograph } from "../ui/photos.js";

const SIDE = 224; // pixels of an example, as networks like MobileNet see them
const THUMB = 56;
const PAUSE = 120; // ms between two pictures of the camera

const template = document.getElementById("class-card");
const scratch = document.createElement("canvas");
let last = 0;

/** One thing: its card, its name, the numbers of its examples. */
class Thing {
  constructor(number) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.examples = new Set(); // as far as Python has seen them
    this.input = this.find(".name");
    this.input.placeholder = `Thing ${number}`;
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  get name() {
    return this.input.value.trim() || this.input.placeholder;
  }

  set name(text) {
    this.input.value = text;
  }

  showCount() {
    const count = this.examples.size;
    this.find(".count").textContent = count ? `${count} example${count > 1 ? "s" : ""}` : "No examples";
  }
}

/**
 * All things. `element` is their list. `hooks`:
 *   remember(number, pixels)  awaited: an example is there
 *   forget(numbers)           examples are gone
 *   camera()                  awaited: the video that the camera is shown in
 *   addFiles(thing, files)    files were chosen
 *   careful(handler)          a handler of events whose errors are shown
 */
export class Things {
  constructor(element, hooks) {
    this.element = element;
    this.hooks = hooks;
    this.list = [];
    this.count = 0;
  }

  /** Adds a thing, with a name or one to be given. */
  add(name = "") {
    const thing = new Thing(++this.count);
    const { careful, addFiles } = this.hooks;
    thing.name = name;
    this.removeWhenSure(thing);
    thing.find(".files").onchange = careful(async ({ target }) => {
      const files = [...target.files];
      target.value = ""; // so that the same files can be chosen again
      await addFiles(thing, files);
    });
    this.recordWhileHeld(thing);
    this.list.push(thing);
    this.element.append(thing.element);
    return thing;
  }

  /** Examples are not to be lost by one click: that asks, the next one removes. */
  removeWhenSure(thing) {
    const button = thing.find(".remove");
    const before = button.textContent;
    button.onclick = () => {
      if (!thing.examples.size || button.textContent !== before) this.remove(thing);
      else button.textContent = "Remove all?";
    };
    button.onblur = () => (button.textContent = before);
  }

  remove(thing) {
    this.list = this.list.filter((other) => other !== thing);
    thing.element.remove();
    this.hooks.forget([...thing.examples]);
    thing.removed = true;
  }

  /** The thing whose card an event happened on. */
  at(event) {
    return this.list.find(({ element }) => element.contains(event.target));
  }

  /** Adds what a source of pixels shows to the examples of a thing. */
  async addExample(thing, source) {
    const number = ++last;
    const pixels = photograph(source, scratch, SIDE);
    const item = this.thumb(thing, number);
    try {
      await this.hooks.remember(number, pixels);
    } catch (error) {
      item.remove();
      throw error;
    }
    if (!item.isConnected) return this.hooks.forget([number]); // removed meanwhile
    item.classList.remove("waiting");
    thing.examples.add(number);
    thing.showCount();
  }

  /** A small picture of what is on the scratch canvas, which removes the example when clicked. */
  thumb(thing, number) {
    const item = document.createElement("li");
    item.className = "waiting";
    item.innerHTML = `<button type="button" aria-label="Remove this example" title="Remove this example"><canvas></canvas></button>`;
    const canvas = item.querySelector("canvas");
    canvas.width = canvas.height = THUMB;
    // Hundreds of small pictures should not be the graphics card's.
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(scratch, 0, 0, THUMB, THUMB);
    item.firstChild.onclick = () => {
      item.remove();
      if (thing.examples.delete(number)) this.hooks.forget([number]);
      thing.showCount();
    };
    thing.find(".thumbs").append(item);
    return item;
  }

  recordWhileHeld(thing) {
    const button = thing.find(".hold");
    const { careful, camera } = this.hooks;
    let held = false;
    const release = () => {
      held = false;
      button.classList.remove("held");
    };
    const press = careful(async () => {
      if (held) return;
      held = true;
      button.classList.add("held");
      try {
        const video = await camera();
        while (held && video.srcObject?.active && !thing.removed) {
          await this.addExample(thing, video);
          await new Promise((resolve) => setTimeout(resolve, PAUSE));
        }
      } finally {
        release();
      }
    });
    button.onpointerdown = (event) => {
      if (event.button) return;
      button.setPointerCapture(event.pointerId);
      press();
    };
    button.onkeydown = (event) => {
      if ([" ", "Enter"].includes(event.key) && !event.repeat) press();
    };
    button.onpointerup = button.onpointercancel = button.onkeyup = button.onblur = release;
    button.oncontextmenu = (event) => event.preventDefault(); // what a long touch brings up
  }
}
