"""Asks TF.js's packages of pretrained models, `@tensorflow-models/*`, what they make of inputs."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .wire import pack, unpack

_SCRIPT = Path(__file__).with_name("packages.mjs")


def ask(
    package: str,
    script: str,
    models: Mapping[str, Path | Mapping[str, bytes]] | None = None,
    timeout: float = 300,
    wasm: bool = False,
    **given: Any,
) -> Any:
    """What `script` returns.

    Args:
        package: its name after `@tensorflow-models/`.
        script: the body of an async JavaScript function. It sees TF.js as `tf` (cpu backend), the
            package as `lib`, and what is in `given`: arrays as tensors, the rest as it is.
        wasm: compute on the WebAssembly backend, which is many times as fast and lacks operations.
        models: what the network has: the files of each model, as a folder or their bytes by name,
            under the address that the package asks for without "/model.json", such as
            "https://models/blazeface" if the script says so itself.

    Returns:
        The result with tensors and typed arrays as arrays. An error fails the test.
    """
    asked = {
        "package": package,
        "wasm": wasm,
        "script": script,
        "models": {address: _files(model) for address, model in (models or {}).items()},
        "given": pack(given),
    }
    done = subprocess.run(
        ["node", "--max-old-space-size=4096", str(_SCRIPT)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    assert "error" not in answer, answer["error"]
    return _unpacked(answer.get("result"))


def _files(model: Path | Mapping[str, bytes]) -> Any:
    if isinstance(model, Mapping):
        return {name: base64.b64encode(data).decode() for name, data in model.items()}
    return str(model)


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "number":
        return float(value["data"].replace("Infinity", "inf"))
    if "$" in value:
        return unpack(value)
    return {k: _unpacked(v) for k, v in value.items()}
