"""Libraries written for the array API standard take tensors: SciPy and scikit-learn."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tfpy.testing import assert_close

#: Both look at the environment when they are imported, so they get a process of their own.
CODE = """
import json, sys
import numpy as np
from scipy import signal, special, stats
import sklearn
from sklearn import metrics, preprocessing
import tfpy

sklearn.set_config(array_api_dispatch=True)
calls = {
    "softmax": lambda x, y: special.softmax(x, axis=1),
    "xlogy": lambda x, y: special.xlogy(x * x, y * y),
    "entr": lambda x, y: special.entr(x * x),
    "skew": lambda x, y: stats.skew(x),
    "moment": lambda x, y: stats.moment(x, 3),
    "variation": lambda x, y: stats.variation(x),
    "gmean": lambda x, y: stats.gmean(x * x),
    "detrend": lambda x, y: signal.detrend(x),
    "mean_squared_error": lambda x, y: metrics.mean_squared_error(x, y),
    "mean_absolute_error": lambda x, y: metrics.mean_absolute_error(x, y),
}
x, y = (np.asarray(v, "float32") for v in json.load(sys.stdin))
found = {}
for backend in ("numpy", "webgl"):
    tfpy.set_backend(backend)
    for name, call in calls.items():
        result = call(tfpy.tensor(x), tfpy.tensor(y))
        made = type(result).__name__
        got, want = np.asarray(result).tolist(), np.asarray(call(x, y)).tolist()
        found[f"{name} on {backend}"] = [made, got, want]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    values = np.random.default_rng(0).normal(1, 1, (2, 6, 4)).tolist()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        input=json.dumps(values),
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_results_are_tensors_with_numpys_values(found):
    assert len(found) == 20
    for name, (made, got, want) in found.items():
        assert made == ("float" if "error" in name else "Tensor"), name
        assert_close(np.asarray(got), np.asarray(want), 1e-4, 1e-5)
