// Calls a slow function with the newest argument only: while one call runs, calls in between are
// dropped except the last. So neither a camera nor a moving pen ever builds up a queue.

/** `slow`, such that a call waits for the one that runs, and is dropped if there is a newer by then.
 * Each resolves when the call that answers it does: never later, however many come meanwhile. */
export function latest(slow) {
  let newest;
  let running = Promise.resolve();
  let next = null; // the call that waits, for all that came since `running` began

  const begin = () => {
    next = null;
    running = slow(...newest);
    return running;
  };
  return (...args) => {
    newest = args;
    next ??= running.then(begin, begin);
    return next;
  };
}
