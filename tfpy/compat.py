"""What differs between Pyodide and ordinary Python, decided once.

With `kernels_webgl/gl_js.py` this is the only module that mentions `js` or `pyodide`.
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


def fetch_module() -> Any:
    """Pyodide's HTTP client module."""
    import pyodide.http

    return pyodide.http
