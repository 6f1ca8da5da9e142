"""Training: what `Model.compile`, `fit`, `evaluate` and `predict` are made of.

`trainer` has these methods, `compiled` what a model is compiled with, `steps` what is computed for
a batch, `data` where batches come from, `loop` the order of things. Callbacks are in
`tfpy.callbacks`.
"""
