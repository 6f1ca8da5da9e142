"""The API reference can be made, and names everything that users can reach."""

import importlib.util
from pathlib import Path

import tfpy

SCRIPT = Path(__file__).parents[1] / "web" / "build" / "api_reference.py"


def test_every_public_name_has_an_entry(tmp_path):
    spec = importlib.util.spec_from_file_location("api_reference", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    names = script.write(tmp_path)
    page = (tmp_path / "tfpy.html").read_text()
    assert not [name for name in names if f'id="{name}"' not in page]
    assert {"tensor", "matmul", "GradientTape", "ShapeError", "load_graph_model"} <= set(names)
    for module in script.MODULES:
        page = (tmp_path / "tfpy" / f"{module}.html").read_text()
        found = vars(getattr(tfpy, module)).items()
        here = [n for n, v in found if getattr(v, "__module__", "") == f"tfpy.{module}"]
        assert not [name for name in here if name[0] != "_" and f'id="{name}"' not in page]
