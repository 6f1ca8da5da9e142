"""Charts of data, models and training: specifications of Vega-Lite that notebooks and pages draw.

    tfpy.vis.history(model.fit(...))                      # the last value of a notebook's cell
    await tfpy.vis.history(fitted).show("#losses")        # an element of a page
    model.fit_async(..., callbacks=tfpy.vis.fit_callbacks("#live", ["loss", "accuracy"]))
    model.fit_async(..., callbacks=tfpy.vis.progress_bar("#progress"))

Names are those of tfjs-vis, as far as Python has them.
"""

from .chart import Chart, Table
from .plots import (
    accuracy,
    barchart,
    confusion_matrix,
    heatmap,
    histogram,
    linechart,
    per_class_accuracy,
    scatterplot,
    table,
)
from .progress import Progress, progress_bar
from .training import fit_callbacks, history, layer, model_summary, values_distribution

__all__ = [
    "Chart",
    "Progress",
    "Table",
    "accuracy",
    "barchart",
    "confusion_matrix",
    "fit_callbacks",
    "heatmap",
    "histogram",
    "history",
    "layer",
    "linechart",
    "model_summary",
    "per_class_accuracy",
    "progress_bar",
    "scatterplot",
    "table",
    "values_distribution",
]
