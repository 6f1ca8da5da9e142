// The stage of a page: a photo that was chosen, dropped, pasted or taken from the samples, or the
// camera's picture. The page has #stage with #photo and #video, #file, #camera, #photo-error, and
// buttons with `data-sample`.

import { latest } from "./latest.js";
import { Camera, decode, photograph } from "./photos.js";
import { reasonOf } from "./runtime.js";

const $ = (id) => document.getElementById(id);

export class Stage {
  /** `look(shoot)` is called for each new picture, for the newest only while it is busy; `shoot()` is
   * that picture as ImageData, which costs a camera's frame dearly where nobody wants it yet. What
   * goes wrong, there too, is shown below the photo. */
  constructor(look) {
    this.camera = new Camera();
    this.frame = document.createElement("canvas"); // of the camera, not shown
    this.source = null; // an image, or the video
    this.choices = 0; // a photo that comes when there is a newer choice is not shown
    this.samples = [...document.querySelectorAll("[data-sample]")];
    const careful = this.careful(async () => {
      const canvas = this.source === $("video") ? this.frame : $("photo");
      await look(() => photograph(this.source, canvas));
      if (this.wrong === "look") $("photo-error").hidden = true;
    }, "look");
    this.look = latest(async () => this.source && (await careful()));
    this.connect();
  }

  /** Runs a handler; what goes wrong is shown below the photo. What goes wrong with looking is shown
   * until looking goes well. */
  careful(handler, what = "choice") {
    return async (event) => {
      try {
        await handler(event);
      } catch (error) {
        console.error(error);
        $("photo-error").textContent = reasonOf(error);
        $("photo-error").hidden = false;
        this.wrong = what;
      }
    };
  }

  /** Shows a photo and looks at it. */
  async usePhoto(image, sample = null) {
    this.stopCamera();
    $("photo-error").hidden = true;
    this.source = image;
    for (const button of this.samples) button.setAttribute("aria-pressed", button === sample);
    photograph(image, $("photo"));
    await this.look();
  }

  async useFile(file) {
    if (file) await this.useNewest(decode(file));
  }

  /** Shows a photo that comes, unless something else has been chosen by then. */
  async useNewest(coming, sample) {
    const choice = ++this.choices;
    const image = await coming;
    if (choice === this.choices) await this.usePhoto(image, sample);
    else image.close();
  }

  /** Shows one of the samples, by default the first. */
  async useSample(button = this.samples[0]) {
    const image = button.querySelector("img");
    await this.useNewest(image.decode().then(() => createImageBitmap(image)), button);
  }

  connect() {
    $("file").onchange = this.careful(async ({ target }) => {
      await this.useFile(target.files[0]);
      target.value = ""; // so that the same file can be chosen again
    });
    for (const button of this.samples) button.onclick = this.careful(() => this.useSample(button));
    document.ondragover = (event) => {
      event.preventDefault();
      $("stage").classList.add("dropping");
    };
    document.ondragleave = (event) => {
      if (!event.relatedTarget) $("stage").classList.remove("dropping");
    };
    document.ondrop = this.careful(async (event) => {
      event.preventDefault();
      $("stage").classList.remove("dropping");
      await this.useFile(event.dataTransfer.files[0]);
    });
    document.onpaste = this.careful((event) => this.useFile(event.clipboardData.files[0]));
    $("camera").onclick = this.careful(() => this.switchCamera());
  }

  async switchCamera() {
    if (this.camera.starting) return;
    this.choices++;
    if (this.camera.running) {
      // The last picture stays.
      await this.usePhoto(await createImageBitmap(photograph($("video"), this.frame)));
      return;
    }
    if (!(await this.camera.start($("video")))) return; // there is a photo by now
    for (const button of this.samples) button.setAttribute("aria-pressed", "false");
    $("photo-error").hidden = true;
    this.showCamera(true);
    this.source = $("video");
    while (this.camera.running) {
      await this.look();
      await new Promise(requestAnimationFrame);
      if (this.camera.running && !this.camera.stream.active) {
        this.stopCamera();
        throw new Error("The camera has stopped.");
      }
    }
  }

  stopCamera() {
    this.camera.stop();
    this.showCamera(false);
  }

  showCamera(on) {
    $("video").hidden = !on;
    $("photo").hidden = on;
    $("camera").textContent = on ? "Stop camera" : "Start camera";
    $("camera").setAttribute("aria-pressed", on);
  }
}
