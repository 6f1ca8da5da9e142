"""What differs between Pyodide and ordinary Python, decided once.

With `kernels_webgl/gl_js.py` this package is the only place that mentions `js` or `pyodide`. Each
of its modules is one of a page's interfaces as the rest of tfpy needs it, and knows no tensor.
"""

from __future__ import annotations

import sys
from typing import Any

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
