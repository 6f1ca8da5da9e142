"""Every op sample on WebGL inside Pyodide, judged against the native reference.

The page runs rows in batches and sends raw results back: NumPy is not in the page. Page and worker
run the same kernels through the same driver, so the worker runs no gradients, runs the rows as
plans, and of calls that are alike only one: `tests/test_plan_parity.py` plans all of them natively.
"""

import pytest

from tests import judge, sample_runner
from tests.samples import SAMPLES
from tests.test_webgl_variants import NAMES, OPS, OTHERS

BATCH = 40
RUN = """
import gc, tfpy, tfpy.engine
from tests import sample_runner
tfpy.set_backend("webgl")
# Leaks are counted by collecting garbage, which need not look at all of Python each time.
gc.freeze()
usual = tfpy.tune({})
tfpy.tune(variants)
results = sample_runner.run_samples(tfpy, rows)
tfpy.tune(usual)
results
"""


def run_rows(python_page, rows, variants=()):
    """The results of rows, with the `variants` of kernels that a dict names."""
    results = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        values = {"rows": batch, "variants": dict(variants)}
        results += python_page.run(RUN, modules=[sample_runner], timeout=300, **values)
    return results


def kind(sample):
    """What calls that are alike have in common."""
    return sample.op, tuple(a.dtype for a in sample.inputs)


def test_samples(python_page):
    """All failures of a browser are reported together."""
    samples, more = SAMPLES, [{}] * len(SAMPLES)
    if python_page.where == "worker":
        samples = list({kind(s): s for s in reversed(SAMPLES)}.values())
        more = [{"grad_order": 0, "planned": not s.on_host} for s in samples]
    rows = [{**judge.to_row(s), **m} for s, m in zip(samples, more, strict=True)]
    judge_all(samples, rows, run_rows(python_page, rows))


@pytest.mark.parametrize("python_page", ["worker"], indirect=True)
@pytest.mark.parametrize(("family", "variant"), OTHERS, ids=NAMES)
def test_variants(python_page, family, variant):
    """The kernels that are not the usual ones."""
    samples = [s._replace(grad_order=min(s.grad_order, 1)) for s in SAMPLES if s.op in OPS[family]]
    rows = [judge.to_row(s) for s in samples]
    judge_all(samples, rows, run_rows(python_page, rows, {family: variant}))


def judge_all(samples, rows, results):
    """Fail with all that is wrong."""
    failures = []
    for sample, row, result in zip(samples, rows, results, strict=True):
        try:
            judge.judge(sample._replace(grad_order=row["grad_order"]), result)
        except AssertionError as error:
            failures.append(f"{sample.id}: {error}")
    if failures:
        pytest.fail(f"{len(failures)} of {len(rows)}:\n" + "\n".join(failures))
