// Calls a slow function with the newest argument only: while one call runs, calls in between are
// dropped except the last. So neither a camera nor a moving pen ever builds up a queue.
export function latest(slow) {
  let running = false;
  let waiting = null;
  return async function call(...args) {
    waiting = args;
    if (running) return;
    running = true;
    try {
      while (waiting) {
        const next = waiting;
        waiting = null;
        await slow(...next);
      }
    } finally {
      running = false;
    }
  };
}
