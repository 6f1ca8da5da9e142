// The stage of a page: a photo that was chosen, dropped, pasted or taken from the samples, or the
// camera's picture. The page has #stage with #photo and #video, #file, #camera, #photo-error, and
// buttons with `data-sample`.

import { latest } from "./latest.js";
import { Camera, decode, photograph } from "./photos.js";
import { reasonOf } from "./runtime.js";

const $ = (id) => document.getElementById(id);

export class Stage {
  /** `look(pixels)` is called with each new picture as ImageData, with the newest only while it is
   * busy. What goes wrong, there too, is shown below the photo. */
  constructor(look) {
    this.camera = new Camera();
    this.frame = document.createElement("canvas"); // of the camera, not shown
    this.source = null; // an image, or the video
    this.samples = [...document.querySelectorAll("[data-sample]")];
    this.look = latest(
      this.careful(async () => {
        if (!this.source) return;
        const canvas = this.source === $("video") ? this.frame : $("photo");
        await look(photograph(this.source, canvas));
      }),
    );
    this.connect();
  }

  /** Runs a handler; what goes wrong is shown below the photo. */
  careful(handler) {
    return async (event) => {
      try {
        await handler(event);
      } catch (error) {
        console.error(error);
        $("photo-error").textContent = reasonOf(error);
        $("photo-error").hidden = false;
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
    if (file) await this.usePhoto(await decode(file));
  }

  /** Shows one of the samples, by default the first. */
  async useSample(button = this.samples[0]) {
    const image = button.querySelector("img");
    await image.decode();
    await this.usePhoto(await createImageBitmap(image), button);
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
    if (this.camera.running) {
      // The last picture stays.
      await this.usePhoto(await createImageBitmap(photograph($("video"), this.frame)));
      return;
    }
    await this.camera.start($("video"));
    for (const button of this.samples) button.setAttribute("aria-pressed", "false");
    $("photo-error").hidden = true;
    this.showCamera(true);
    this.source = $("video");
    while (this.camera.running) {
      await this.look();
      await new Promise(requestAnimationFrame);
    }
  }

  stopCamera() {
    if (!this.camera.running) return;
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
