"""Asks TF.js: all calls of all rows in one process of node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from .row import Case, Row
from .wire import pack

_SCRIPT = Path(__file__).with_name("tfjs.mjs")
#: A gradient of TF.js that never returns should not hold up the suite for long.
_SECONDS_PER_CASE = 0.05


def answers(rows: list[Row], cases: list[list[Case]]) -> list[list[dict[str, Any]]]:
    """TF.js's result for every case of every row: {outputs, gradients} or {error}."""
    asked = [
        {
            "js": row.expression,
            "cases": [{"args": pack(c.args), "gradient": c.smooth} for c in drawn],
        }
        for row, drawn in zip(rows, cases, strict=True)
    ]
    done = subprocess.run(
        ["node", str(_SCRIPT)],
        input=json.dumps({"rows": asked}),
        capture_output=True,
        text=True,
        timeout=120 + _SECONDS_PER_CASE * sum(map(len, cases)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
