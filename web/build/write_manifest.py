"""Writes manifest.json for a folder of built wheels, and refuses wheels that grew too large.

The manifest is all that the pages know about the build: which wheels there are, for which
Python, and how many bytes to expect (of Pyodide too, so that progress has a known end).
Usage: python write_manifest.py FOLDER
"""

import hashlib
import json
import sys
from pathlib import Path

PYODIDE = Path(__file__).parents[1] / "node_modules" / "pyodide"
# The large files that Pyodide downloads when it boots: those whose progress is shown.
PYODIDE_FILES = ("pyodide.asm.wasm", "python_stdlib.zip")
# What pages load, and what notebooks and ordinary Python install: see web/docs/decisions/0005.
MAX_BYTES = {"pyc": 650_000, "py": 850_000}


def main(folder):
    """Describe the wheels in ``folder``; exit with a message where one is too large."""
    wheels = [describe(path) for path in sorted(folder.glob("*.whl*"), reverse=True)]
    manifest = {
        "version": wheels[0]["name"].split("-")[1],
        "python": python_of_pyodide(),
        "pyodide": {
            "version": json.loads((PYODIDE / "package.json").read_text())["version"],
            "files": {name: (PYODIDE / name).stat().st_size for name in PYODIDE_FILES},
        },
        "wheels": wheels,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for wheel in wheels:
        limit = MAX_BYTES[wheel["kind"]]
        print(f"{wheel['name']}: {wheel['bytes'] / 1000:.1f} KB of {limit // 1000} KB")
        if wheel["bytes"] > limit:
            sys.exit(f"{wheel['name']} is larger than {limit} bytes")


def python_of_pyodide():
    """The page's Python as "3.14": byte code is good for every patch release of it."""
    version = json.loads((PYODIDE / "pyodide-lock.json").read_text())["info"]["python"]
    return ".".join(version.split(".")[:2])


def describe(path):
    """One wheel's row in the manifest."""
    data = path.read_bytes()
    return {
        "name": path.name,
        "path": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "kind": "py" if path.name.endswith("-py3-none-any.whl") else "pyc",
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
