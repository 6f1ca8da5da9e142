"""TensorFlow.js's cpu backend as a second oracle: the same drawn calls there and in tfpy.

`rows` has one row per function of TF.js: how its arguments are drawn and how both sides spell the
call. `tfjs` runs the calls in one process of node, `ours` runs them in tfpy, `compare` says where
the two differ, and `differences` is the one list of where they should. What TF.js lacks is tested
in tests/samples, where NumPy is the reference.
"""
