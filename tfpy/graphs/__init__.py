"""Graph models: TensorFlow's graphs as TF.js's converter writes them, and what runs them.

- `definition`: a `model.json`'s graph, functions and signatures, parsed.
- `rows`: TensorFlow's operations as tfpy's, a table by family.
- `loops`: TensorFlow 1's loops (Enter, Merge, Switch, NextIteration, Exit) as While.
- `program`: what is run in which order, and what of it is a plan.
- `control`: If, While and calls of functions; `lists` and `tables`: values that are no tensors.
- `model`: `GraphModel`, and loading one.
"""
