// Photos from files and the camera, as pixels for Python.

// The network sees 224 x 224 pixels; shrinking large photos well costs less here than there.
const LARGEST = 640;

/** The pixels of an image source, shrunk if large, as ImageData; drawn on `canvas` by the way.
 * (Not as an ImageBitmap: of one moved to a worker, WebKit's WebGL may see only black.) */
export function photograph(source, canvas) {
  const width = source.videoWidth ?? source.width;
  const height = source.videoHeight ?? source.height;
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // under what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
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

/** The camera: `start(video)` asks for it, `stop()` gives it back. */
export class Camera {
  async start(video) {
    if (!navigator.mediaDevices) {
      throw new Error("There is no camera here: browsers allow it on https and localhost only.");
    }
    this.stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 640 } },
    });
    video.srcObject = this.stream;
    await video.play();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  get running() {
    return Boolean(this.stream);
  }
}
