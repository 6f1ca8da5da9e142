"""What differs between Pyodide and ordinary Python, decided once.

With `kernels_webgl/gl_js.py` this is the only module that mentions `js` or `pyodide`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .errors import FetchError

#: True in a page or worker, False in CPython.
IN_BROWSER = sys.platform == "emscripten"


def js_buffer(value: Any) -> memoryview | None:
    """The contents of a JavaScript typed array or ArrayBuffer as a buffer, else None."""
    if not IN_BROWSER or not hasattr(value, "to_py") or not hasattr(value, "byteLength"):
        return None
    return memoryview(value.to_py())


def base_url() -> str:
    """The address of the page or worker, against which relative URLs resolve."""
    import js

    # A page made by a script (about:blank) has its base elsewhere; a worker has no document.
    document = getattr(js, "document", None)
    return str(document.baseURI if document else js.location.href)


async def fetch(url: str, on_bytes: Callable[[int], None]) -> bytes:
    """The body at `url`, through the browser's `fetch`; `on_bytes(n)` follows each piece read.

    Raises `FetchError` naming the URL when there is no answer, or one other than success.
    """
    import js
    from pyodide.ffi import JsException

    try:
        response = await js.fetch(url)
        if not response.ok:
            raise FetchError(f"{url}: HTTP {response.status} {response.statusText}".rstrip())
        parts = []
        if response.body:
            reader = response.body.getReader()
            while not (step := await reader.read()).done:
                parts.append(step.value.to_bytes())
                on_bytes(len(parts[-1]))
        return b"".join(parts)
    except JsException as error:
        raise FetchError(f"{url}: cannot be fetched ({error})") from None
