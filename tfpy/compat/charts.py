"""Charts in an element of a page, drawn by vega-embed, which the page loads."""

from __future__ import annotations

import json
from typing import Any

from ..errors import ArgumentError, BackendError
from . import IN_BROWSER

HOW = "load vega, vega-lite and vega-embed by <script> elements, as Vega-Lite's documentation says"


def _js(value: Any) -> Any:
    import js

    return js.JSON.parse(json.dumps(value))


class Drawing:
    """What an element shows.

    Args:
        place: an element, or a CSS selector of one.

    Raises:
        ArgumentError: there is no such element.
        BackendError: there is no page.
    """

    def __init__(self, place: Any) -> None:
        if not IN_BROWSER:
            raise BackendError(f"there is no page to show a chart in, at {place!r:.80}")
        import js

        if isinstance(place, str):
            if not hasattr(js, "document"):
                raise BackendError("a worker has no elements: give a function that tells its page")
            found = js.document.querySelector(place)
            if not found:
                raise ArgumentError(f"show: the page has no element {place!r}")
            place = found
        self._element = place
        self._shown: Any = None
        self._form: Any = None

    async def draw(self, content: Any) -> None:
        """Show the text of HTML, or a specification of Vega-Lite; of the one that is shown already
        with other data only these are drawn anew."""
        if isinstance(content, str):
            self._element.innerHTML = content
            return
        form = {k: v for k, v in content.items() if k != "datasets"}
        if self._shown is not None and form == self._form:
            view = self._shown.view
            for name, rows in content["datasets"].items():
                view.data(name, _js(rows))
            await view.runAsync()
            return
        import js

        if not hasattr(js, "vegaEmbed"):
            raise BackendError(f"this page has no vegaEmbed: {HOW}")
        if "mark" in form or "layer" in form:
            content = {"width": "container", **content}
        options = _js({"actions": False, "renderer": "svg"})
        if self._shown is not None:
            self._shown.finalize()
        self._shown = await js.vegaEmbed(self._element, _js(content), options)
        self._form = form
