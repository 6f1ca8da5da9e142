// Replays recorded WebGL calls, which is what `replay.py` does, without leaving JavaScript.
//
// calls: [method, argument, ...] each. holes: call, argument and value of each hole, one after the
// other. Returns a function of the values.
(gl, calls, holes) => {
  const recorded = calls.map(([method, ...args]) => ({ run: gl[method], args }));
  return (values) => {
    for (let i = 0; i < holes.length; i += 3) {
      recorded[holes[i]].args[holes[i + 1]] = values[holes[i + 2]];
    }
    for (const { run, args } of recorded) run.apply(gl, args);
  };
};
