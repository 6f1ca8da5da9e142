// Photos from files and the camera, as pixels for Python.

// Networks see a few hundred pixels; shrinking large photos well costs less here than there.
const LARGEST = 640;

/** The pixels of an image source, shrunk if large, as ImageData; drawn on `canvas` by the way. With
 * `side`, those of the square in its middle, that many pixels wide.
 * (Not as an ImageBitmap: of one moved to a worker, WebKit's WebGL may see only black.) */
export function photograph(source, canvas, side = null) {
  const width = source.videoWidth ?? source.width;
  const height = source.videoHeight ?? source.height;
  const [across, down] = side ? Array(2).fill(Math.min(width, height)) : [width, height];
  const scale = side ? side / across : Math.min(1, LARGEST / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(across * scale));
  canvas.height = Math.max(1, Math.round(down * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // under what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(width - across) / 2, (height - down) / 2];
  context.drawImage(source, left, top, across, down, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** An image from a file or a Blob. */
export async function decode(blob) {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new Error(`${blob.name ?? "This"} is not an image that this browser can read.`);
  }
}

/** The camera: `start(video)` asks for it, `stop()` gives it back, or no longer wants it. */
export class Camera {
  stream = null;
  starting = null; // a promise, while the visitor is asked
  wanted = false;

  /** Resolves to whether it is on, which it is not if it was stopped meanwhile. */
  start(video) {
    this.wanted = true;
    this.starting ??= this.open(video).finally(() => (this.starting = null));
    return this.starting;
  }

  async open(video) {
    if (!navigator.mediaDevices) {
      throw new Error("There is no camera here: browsers allow it on https and localhost only.");
    }
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 640 } },
    });
    try {
      if (this.wanted) {
        video.srcObject = stream;
        await video.play();
      }
    } catch (error) {
      turnOff(stream);
      throw error;
    }
    if (this.wanted) this.stream = stream;
    else turnOff(stream);
    return this.running;
  }

  stop() {
    this.wanted = false;
    if (this.stream) turnOff(this.stream);
    this.stream = null;
  }

  get running() {
    return Boolean(this.stream);
  }
}

function turnOff(stream) {
  for (const track of stream.getTracks()) track.stop();
}
