"""`Chart` and `Table`: what can be shown in a notebook, a page, or by whoever shows things.

A chart is a specification of Vega-Lite (https://vega.github.io/vega-lite/), a plain dict. It draws
nothing itself: notebooks do, and in pages vega-embed does. See web/docs/decisions/0019.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from html import escape
from importlib import import_module
from typing import Any

from ..errors import ArgumentError
from ..waiting import settled

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
MIME = "application/vnd.vegalite.v5+json"
#: The size of a chart that says none, where it is not as wide as its element.
SIZE = {"continuousWidth": 380, "continuousHeight": 220, "discreteWidth": 380}
_CDN = "https://cdn.jsdelivr.net/npm/"
_SCRIPTS = ("vega@5.33.1", "vega-lite@5.23.0", "vega-embed@6.29.0")


class Shown:
    """Base of what can be shown and then changed."""

    _draw: Any = None

    def _content(self) -> Any:
        """What a page is given: a specification, or HTML."""
        raise NotImplementedError

    async def show(self, place: Any = None) -> None:
        """Show it, and from now on what `update` makes of it.

        Args:
            place: where: an element of the page or a CSS selector of one; a function, which is
                called with a chart's specification or a table's HTML, so that a worker can post it
                to its page; None for the output of a notebook's cell.

        Raises:
            ArgumentError: there is no such element, or, for None, no notebook.
            BackendError: there is no page, or it has not loaded vega-embed.
        """
        if place is None:
            draw = _in_notebook(self)
        elif callable(place):
            draw = lambda: place(self._content())  # noqa: E731
        else:
            from ..compat.charts import Drawing

            drawing = Drawing(place)
            draw = lambda: drawing.draw(self._content())  # noqa: E731
        await settled(draw())
        self._draw = draw

    async def update(self, newer: Any) -> None:
        """Show `newer`, of the same class, in its own place; it then is what `newer` is."""
        if type(newer) is not type(self):
            raise ArgumentError(f"update: not a {type(self).__name__}: {newer!r:.80}")
        vars(self).update({k: v for k, v in vars(newer).items() if k != "_draw"})
        if self._draw is not None:
            await settled(self._draw())


def _in_notebook(shown: Shown) -> Any:
    """What shows it in the output of the cell that runs, or changes what is there."""
    ipython: Any = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        raise ArgumentError("show: this is no notebook: name a place, or save the chart as a file")
    handle: Any = None

    def draw() -> None:
        nonlocal handle
        if handle is None:
            handle = import_module("IPython.display").display(shown, display_id=True)
        else:
            handle.update(shown)

    return draw


class Chart(Shown):
    """A specification of Vega-Lite; a notebook draws it where it is a cell's last value.

    Attributes:
        spec: the specification, whose data are its "datasets".

    >>> chart = tfpy.vis.barchart({"cat": 3, "dog": 5})
    >>> chart.spec["datasets"]
    {'bars': [{'x': 'cat', 'y': 3}, {'x': 'dog', 'y': 5}]}
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = {"$schema": SCHEMA, "config": {"view": SIZE}, "datasets": {}, **spec}

    def _content(self) -> Any:
        return self.spec

    def to_dict(self) -> dict[str, Any]:
        """The specification."""
        return self.spec

    def to_json(self) -> str:
        """The specification as JSON."""
        return json.dumps(self.spec, allow_nan=False)

    def to_html(self) -> str:
        """A document with the chart, which loads Vega from its public CDN when it is opened."""
        scripts = "".join(f'<script src="{_CDN}{name}"></script>' for name in _SCRIPTS)
        spec = self.to_json().replace("</", "<\\/")
        head = f'<!doctype html><meta charset="utf-8">{scripts}<div id="chart"></div>'
        return f'{head}<script>vegaEmbed("#chart", {spec})</script>\n'

    def save(self, path: Any) -> None:
        """Write `to_json()` to a file, or `to_html()` if its name ends so."""
        name = os.fspath(path)
        text = self.to_html() if name.endswith((".html", ".htm")) else self.to_json()
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    def __repr__(self) -> str:
        rows = sum(map(len, self.spec["datasets"].values()))
        return f"<Chart of {', '.join(self.spec['datasets'])}: {rows} rows>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = {MIME: self.spec, "text/plain": repr(self)}
        if "google.colab" in sys.modules:
            # Colab draws only HTML, in a frame of its own.
            bundle["text/html"] = self.to_html()
        return bundle

    def _mime_(self) -> tuple[str, str]:
        """The same for marimo."""
        return MIME, self.to_json()


class Table(Shown):
    """Rows of values under headers, as text and as HTML.

    >>> print(tfpy.vis.table([["edges", 80], ["digit", 4010]], headers=["layer", "weights"]))
    layer  weights
    edges       80
    digit     4010
    """

    def __init__(self, values: Sequence[Sequence[Any]], headers: Sequence[Any] | None = None):
        self.headers, self.values = headers, [list(row) for row in values]
        lines = [headers, *self.values] if headers else self.values
        for i, line in enumerate(self.values):
            if len(line) != len(lines[0]):
                raise ArgumentError(f"table: row {i} has {len(line)} values, not {len(lines[0])}")
        self._texts = [[_text(value) for value in line] for line in lines]

    def _content(self) -> Any:
        return self._repr_html_()

    def __repr__(self) -> str:
        columns = []
        for i, column in enumerate(zip(*self._texts, strict=True)):
            width = max(map(len, column))
            # Numbers are aligned right, as the last row says.
            left = not self.values or isinstance(self.values[-1][i], str)
            columns.append([text.ljust(width) if left else text.rjust(width) for text in column])
        return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))

    def _repr_html_(self) -> str:
        kinds = ["th" if self.headers else "td", *["td"] * len(self.values)]
        lines = (
            "".join(f"<{kind}>{escape(text)}</{kind}>" for text in line)
            for kind, line in zip(kinds, self._texts, strict=False)
        )
        return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
