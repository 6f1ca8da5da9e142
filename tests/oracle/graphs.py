"""Asks TF.js what graph models give: all of them in one process of node."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .wire import pack, unpack

_SCRIPT = Path(__file__).with_name("graphs.mjs")


class Job(NamedTuple):
    """A model as `tests.graph_files.files` makes it, what it is fed, and the nodes wanted."""

    files: dict[str, bytes]
    inputs: dict[str, np.ndarray]
    outputs: list[str]


class Refused(Exception):
    """TF.js does not run the graph."""


def answers(jobs: list[Job], timeout: float = 300, wasm: bool = False) -> list[Any]:
    """For each job the arrays that TF.js gives on its cpu backend, or a `Refused`.

    With `wasm` on its WebAssembly backend, which is many times as fast and lacks operations.
    """
    asked = [
        {
            "model": json.loads(job.files["model.json"]),
            "weights": base64.b64encode(job.files["w"]).decode(),
            "inputs": {name: pack(np.asarray(value)) for name, value in job.inputs.items()},
            "outputs": job.outputs,
        }
        for job in jobs
    ]
    done = subprocess.run(
        ["node", "--max-old-space-size=4096", str(_SCRIPT)],
        input=json.dumps({"wasm": wasm, "jobs": asked}),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        Refused(answer["error"]) if "error" in answer else [unpack(p) for p in answer["outputs"]]
        for answer in json.loads(done.stdout)
    ]
