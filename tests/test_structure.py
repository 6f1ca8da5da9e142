"""The rules that keep the code in shape: who may import what, what the package weighs at import."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tfpy
from tfpy import ragged
from tfpy.registry import OPS

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [*ROOT.glob("tfpy/**/*.py"), *ROOT.glob("kernels_webgl/**/*.py")]
#: What `kernels_*` may import of tfpy: its contract, nothing that computes.
CONTRACT = {"errors", "dtypes", "spec", "registry", "compat", "backends.base", "plan.graph"}


def imports(path):
    """(module, names) of every absolute import in a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module, tuple(alias.name for alias in node.names)


def test_only_two_places_mention_the_browser():
    allowed = {*ROOT.glob("tfpy/compat/*.py"), ROOT / "kernels_webgl/gl_js.py"}
    offenders = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        for module, _ in imports(path)
        if module.partition(".")[0] in ("js", "pyodide", "pyodide_js") and path not in allowed
    ]
    assert not offenders


def test_kernels_import_only_the_contract():
    offenders = []
    for path in ROOT.glob("kernels_*/**/*.py"):
        for module, names in imports(path):
            if module == "tfpy":
                offenders += [f"{path.name}: {n}" for n in names if n not in CONTRACT]
            elif module.startswith("tfpy.") and module.removeprefix("tfpy.") not in CONTRACT:
                offenders.append(f"{path.name}: {module}")
    assert not offenders


def test_tfpy_reaches_kernels_through_the_name_table_only():
    offenders = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("tfpy/**/*.py")
        for module, _ in imports(path)
        if module.startswith("kernels_")
    ]
    assert not offenders


def test_import_loads_neither_numpy_nor_a_backend():
    """Pyodide may have no NumPy, and a page pays for every module."""
    code = (
        "import sys, tfpy; heavy = {'numpy', 'kernels_webgl', 'asyncio', 'dataclasses'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_version_is_that_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert tfpy.__version__ == project["version"]


def test_gradient_rules_ask_for_names_that_exist():
    for op in OPS.values():
        inputs = {name.lstrip("*") for name in op.inputs}
        for argument, wants in op.wants.items():
            assert argument in inputs, f"{op.name} has a rule for {argument}"
            for name in wants:
                known = {"g", "out"} | inputs | {f"{n}_spec" for n in inputs}
                assert name in known or not name.endswith("_spec"), f"{op.name}: {name}"


#: Where users find operations besides `tfpy` itself.
SPACES = ("image", "linalg", "losses", "metrics", "signal", "sparse", "string")
# Operations are registered when their module is first used.
NAMESPACES = [ragged, *(getattr(tfpy, name) for name in SPACES)]


@pytest.mark.parametrize("name", sorted(n for n, op in OPS.items() if op.public))
def test_public_operations_are_documented(name):
    places = NAMESPACES
    *namespace, name = name.split(".")
    if namespace:
        places = [getattr(tfpy, place) for place in namespace]
    op_function = None if namespace else tfpy.ops.EXPORTS.get(name)
    op_function = op_function or next((getattr(p, name) for p in places if hasattr(p, name)), None)
    if op_function is None:
        pytest.fail(f"{name} is public but exported nowhere")
    assert op_function.__doc__, name
    assert op_function.__doc__.splitlines()[0].endswith((".", ":")), op_function.__doc__
