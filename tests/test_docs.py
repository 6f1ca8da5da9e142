"""Every `>>>` example in a docstring of tfpy runs and prints what it says."""

import asyncio
import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import tfpy
from tests import small_network
from tests.breaking import Breaking
from tfpy.io import transfer

MODULES = sorted(m.name for m in pkgutil.walk_packages(tfpy.__path__, "tfpy."))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, use_backend, tmp_path, monkeypatch):
    use_backend("numpy")
    monkeypatch.chdir(tmp_path)  # some write files
    module = importlib.import_module(name)
    results = doctest.testmod(
        module, extraglobs={"tfpy": tfpy}, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert not results.failed


def test_examples_for_contributors(use_backend):
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
    test = doctest.DocTestParser().get_doctest(
        text, {"tfpy": tfpy, "asyncio": asyncio}, "CONTRIBUTING.md", None, 0
    )
    assert test.examples
    assert not doctest.DocTestRunner().run(test).failed


def test_transfer_learning(use_backend, models_dir, tmp_path, monkeypatch):
    root = Path(__file__).parents[1]
    (tmp_path / "mobilenet").symlink_to(models_dir / "mobilenet_v1_025_224_layers")
    for name, file in {"cat": "chelsea", "coffee": "coffee", "astronaut": "astronaut"}.items():
        (tmp_path / f"{name}.jpg").symlink_to(root / "web" / "samples" / f"{file}.jpg")
    monkeypatch.chdir(tmp_path)
    use_backend("numpy")
    tfpy.set_seed(1)
    tfpy.layers.clear_session()
    text = (root / "web" / "docs" / "transfer_learning.md").read_text()
    test = doctest.DocTestParser().get_doctest(text, {}, "transfer_learning.md", None, 0)
    assert len(test.examples) > 30
    assert not doctest.DocTestRunner().run(test).failed


def test_loading_models(use_backend, tmp_path, monkeypatch):
    root = Path(__file__).parents[1]
    use_backend("numpy")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(transfer, "FIRST_WAIT", 0.01)
    (tmp_path / "network").mkdir()
    for name, data in small_network.FILES.items():
        (tmp_path / "network" / name).write_bytes(data)
    text = (root / "web" / "docs" / "loading_models.md").read_text()
    with Breaking({f"/{name}": data for name, data in small_network.FILES.items()}) as server:
        # Each load meets what the page tells of; the first one's file breaks off.
        server.faults = {"/model.json": [503], "/a.bin": [("cut", 8), 429]}
        names = {
            "url": f"{server.url}/model.json",
            "unplug": lambda: setattr(server, "silent", True),
            "plug_in": lambda: setattr(server, "silent", False),
        }
        test = doctest.DocTestParser().get_doctest(text, names, "loading_models.md", None, 0)
        assert len(test.examples) > 20
        assert not doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed


def operation_examples():
    """Operations are made by decorators, so doctest does not see where they belong."""
    parser = doctest.DocTestParser()
    for module in map(importlib.import_module, MODULES):
        for name, function in vars(module).items():
            belongs = getattr(function, "__module__", None) == module.__name__
            if belongs and hasattr(function, "op") and function.__doc__:
                test = parser.get_doctest(function.__doc__, {"tfpy": tfpy}, name, None, 0)
                if test.examples:
                    yield pytest.param(test, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize("test", list(operation_examples()))
def test_operation_examples(test, use_backend):
    use_backend("numpy")
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not runner.run(test, clear_globs=False).failed
