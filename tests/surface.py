"""What of the contract is not there: for good, with a reason, or not yet. Both may only shrink."""

#: The panel over a page that tfjs-vis shows charts in.
_VISOR = (
    *("visor", "Visor.bind_keys", "Visor.close", "Visor.is_fullscreen", "Visor.is_open"),
    *("Visor.open", "Visor.set_active_tab", "Visor.surface", "Visor.toggle"),
    *("Visor.toggle_full_screen", "Visor.unbind_keys"),
)
#: Names that only JavaScript needs.
JAVASCRIPT_ONLY = {
    "tfpy.Tensor.data_id": "bookkeeping of TF.js's engine",
    "tfpy.Tensor.data_to_gpu": "hands a texture to JavaScript, which has nowhere to go in Python",
    "tfpy.Tensor.keras_mask": "bookkeeping of TF.js's layers",
    "tfpy.Tensor.rank_type": "a type of TypeScript",
    "tfpy.Tensor.scope_id": "bookkeeping of TF.js's engine",
    "tfpy.Tensor.throw_if_disposed": "every use of a disposed tensor raises",
    "tfpy.metrics.crossentropy": "a word for `compile`, which takes the metric that fits the loss",
    **{f"tfpy.vis.{name}": "a page has elements, a notebook has cells" for name in _VISOR},
}

#: One name a line.
NOT_YET: set[str] = set()
