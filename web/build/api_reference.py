"""Writes the API reference, a page for each public module, by default into web/dist/api/.

The pages are made by pdoc from signatures and docstrings; the examples in them are run by
`tests/test_docs.py`. Which modules are public is said here, which names of `tfpy` by `tfpy` itself.
"""

import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

import tfpy

OUTPUT = Path(__file__).parents[1] / "dist" / "api"
#: Public modules besides tfpy; each page lists what the module defines, or names in `__all__`.
MODULES = (
    *("activations", "applications", "array_api", "browser", "callbacks", "constraints", "data"),
    *("initializers", "io", "layers", "linalg", "losses", "masks", "metrics", "models"),
    *("optimizers", "ragged", "regularizers", "signal", "sparse", "string", "testing"),
    *("utils", "vis"),
)


def top_level_names():
    """What `tfpy.<name>` gives, apart from modules: operations by family, errors last."""
    families = [n for n, v in tfpy.ops.EXPORTS.items() if hasattr(v, "op")]
    eager = {n for n, v in vars(tfpy).items() if not n.startswith("_") and callable(v)}
    others = sorted(eager | set(tfpy._LAZY_NAMES), key=lambda n: (n.endswith("Error"), n.lower()))
    return list(dict.fromkeys([*families, *others]))


def write(folder):
    """Make the pages; returns the names of `tfpy` that are in them."""
    names = tfpy.__all__ = top_level_names()
    for name in names:
        # pdoc looks at what is there, and some names arrive when they are first used.
        setattr(tfpy, name, getattr(tfpy, name))
    for module in (tfpy.io, tfpy.models, tfpy.applications):
        for name in module.__all__:
            setattr(module, name, getattr(module, name))
    footer = f"tfpy {tfpy.__version__}"
    pdoc.render.configure(docformat="google", show_source=False, footer_text=footer)
    with warnings.catch_warnings():
        # Annotations of private helpers that name what only type checkers import.
        warnings.filterwarnings("ignore", "Error parsing type annotation")
        pdoc.pdoc("tfpy", *[f"tfpy.{m}" for m in MODULES], output_directory=folder)
    del tfpy.__all__
    return names


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    print(f"{target}: {len(write(target))} names of tfpy, {len(MODULES)} modules")
