// A canvas to draw on with mouse, finger or pen. The ink is where the canvas is not transparent;
// its colour is the text's, so that it suits light and dark.

const WIDTH = 20; // of the pen, in the canvas's own pixels

/** Lets people draw on `canvas`; `changed()` is called after each bit of ink. */
export function makePen(canvas, changed) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let last = null;

  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const lineTo = (point) => {
    Object.assign(context, { lineWidth: WIDTH, lineCap: "round", lineJoin: "round" });
    context.strokeStyle = getComputedStyle(canvas).color;
    context.beginPath();
    context.moveTo(...(last ?? point));
    context.lineTo(...point);
    context.stroke();
    last = point;
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    lineTo(position(event));
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    // A fast hand makes several points between two frames; the browser keeps them.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) lineTo(position(each));
    changed();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (last = null));
  }

  return {
    clear() {
      last = null;
      context.clearRect(0, 0, canvas.width, canvas.height);
      changed();
    },
    pixels: () => context.getImageData(0, 0, canvas.width, canvas.height),
    /** Draws strokes of points from (0, 0) to (1, 1). */
    draw(strokes) {
      const place = (share) => canvas.width * (0.2 + 0.6 * share);
      for (const stroke of strokes) {
        last = null;
        for (const [x, y] of stroke) lineTo([place(x), place(y)]);
      }
      last = null;
      changed();
    },
  };
}

/** Digits for those who cannot or will not draw. */
export const EXAMPLES = [
  [[[0.1, 0.05], [0.85, 0.05], [0.4, 0.95]]],
  [[[0.15, 0.22], [0.3, 0.06], [0.55, 0], [0.78, 0.1], [0.82, 0.3], [0.65, 0.55], [0.15, 0.98], [0.88, 0.98]]],
  [[[0.8, 0.02], [0.25, 0.02], [0.2, 0.42], [0.5, 0.36], [0.78, 0.48], [0.84, 0.7], [0.68, 0.92], [0.4, 1], [0.15, 0.92]]],
  [[[0.55, 0], [0.1, 0.62], [0.92, 0.62]], [[0.66, 0.3], [0.66, 1]]],
];
