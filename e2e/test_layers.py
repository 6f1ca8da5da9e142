"""Every layer on WebGL inside Pyodide, against the same layer on NumPy, and thereby Keras's.

As with operations, gradients are the page's; the worker runs plans, and of cases that are alike
only one: `tests/test_layers_keras.py` plans all of them natively.
"""

import pytest

import tfpy
from tests import layer_runner, sample_runner

BATCH = 60
RUN = """
import gc, tfpy, tfpy.engine
from tests import layer_runner, sample_runner
tfpy.set_backend("webgl")
gc.freeze()
sample_runner.run_samples(tfpy, rows, layer_runner.evaluate)
"""


@pytest.fixture(scope="module")
def cases():
    """(name, tolerance, row, result on NumPy) of every layer."""
    # Imports Keras, which collecting tests need not wait for.
    from tests import layer_rows

    tfpy.set_backend("numpy")
    return [(*case, layer_runner.evaluate(tfpy, case[-1])) for case in layer_rows.rows()]


def kind(row):
    """What cases that are alike have in common."""
    return row["layer"], tuple(len(x["shape"]) for x in row["inputs"])


def test_layers(python_page, cases):
    """All failures of a browser are reported together."""
    from tests.layer_rows import judge_row

    rows = [c[2] for c in cases]
    if python_page.where == "worker":
        cases = list({kind(c[2]): c for c in cases}.values())
        rows = [{**c[2], "planned": True, "differentiable": False} for c in cases]
    results = []
    for start in range(0, len(rows), BATCH):
        results += python_page.run(
            RUN,
            modules=[sample_runner, layer_runner],
            rows=rows[start : start + BATCH],
            timeout=300,
        )
    failures = []
    for (name, tolerance, _, reference), row, result in zip(cases, rows, results, strict=True):
        try:
            wanted = reference if row["differentiable"] else {**reference, "gradients": ()}
            judge_row(tolerance, result, wanted)
        except AssertionError as error:
            failures.append(f"{name}: {error}")
    if failures:
        pytest.fail(f"{len(failures)} of {len(rows)}:\n" + "\n".join(failures))
