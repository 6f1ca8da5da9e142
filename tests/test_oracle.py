"""The same drawn calls in TF.js and in tfpy: TFPY_ORACLE_CASES of each function, or 30."""

import functools
import os

import numpy as np
import pytest

from tests import contract
from tests.oracle import compare, ours, tfjs
from tests.oracle.differences import DIFFERENCES
from tests.oracle.missing import MISSING
from tests.oracle.row import draw_cases
from tests.oracle.rows import NOT_COMPARED, ROWS

#: Calls per function on NumPy. Cases are numbered: more of them contain the fewer.
CASES = int(os.environ.get("TFPY_ORACLE_CASES") or 30)
#: On WebGL, where every new shape is a new program, each call with its gradient.
WEBGL_CASES = max(2, CASES // 100)
#: Calls among which a rare difference must show.
MANY = 400
BY_NAME = {row.name: row for row in ROWS}


@pytest.fixture(scope="session")
def found():
    """`found(name, backend)`: every mismatch of a function, as `compared` gives them.

    One process answers all calls; if it fails, it is asked once and not by every test.
    """
    drawn = {row.name: draw_cases(row, CASES) for row in ROWS}
    answers = dict(zip(drawn, tfjs.answers(ROWS, list(drawn.values())), strict=True))

    @functools.cache
    def mismatches(name, backend):
        count = CASES if backend == "numpy" else WEBGL_CASES
        return compared(BY_NAME[name], drawn[name][:count], answers[name][:count])

    return mismatches


@functools.cache
def found_among_many(name):
    """The mismatches of many more calls, for differences that few calls have."""
    row, drawn = BY_NAME[name], draw_cases(BY_NAME[name], MANY)
    return compared(row, drawn, tfjs.answers([row], [drawn])[0])


def compared(row, cases, answers):
    """Where tfpy differs from TF.js: (number of the case, its arguments, the mismatch)."""
    result = []
    for k, (case, theirs) in enumerate(zip(cases, answers, strict=True)):
        mine = ours.evaluate(row, case, "gradients" in theirs)
        result += [(k, case.args, m) for m in compare.mismatches(theirs, mine, row.tolerance)]
    return result


def excuses(name, args, mismatch):
    """The entries of the list of differences that cover a mismatch."""
    return [
        entry
        for entry in DIFFERENCES
        if mismatch.aspect in entry.aspect.split()
        and name in entry.functions.split()
        and entry.array in (None, mismatch.array)
        and entry.when(args)
    ]


def shown(args):
    """Arguments, short enough to read and to be found again by their number."""
    return [f"{a.dtype}{a.shape}" if isinstance(a, np.ndarray) else a for a in args]


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in MISSING])
def test_agrees_with_tfjs(name, backend, use_backend, found):
    use_backend(backend)
    unexpected = [
        f"case {k}, {shown(args)}: {m.aspect}: {m.message}"
        for k, args, m in found(name, backend)
        if not excuses(name, args, m)
    ]
    assert not unexpected, f"{len(unexpected)} cases differ; the first:\n{unexpected[0]}"


@pytest.mark.parametrize("entry", DIFFERENCES, ids=lambda e: e.id)
def test_differences_still_differ(entry, use_backend, found):
    use_backend(entry.backend)
    for name in entry.functions.split():
        assert covered(entry, name, found(name, entry.backend)) or covered(
            entry, name, found_among_many(name)
        ), f"{name} no longer differs: {entry.reason}"


def covered(entry, name, mismatches):
    """Whether an entry covers one of the mismatches of a function."""
    return any(entry in excuses(name, args, m) for _, args, m in mismatches)


def test_what_is_missing_only_shrinks():
    missing = {row.name for row in ROWS if ours.find(row) is None}
    assert missing == MISSING


def test_every_function_of_the_contract_is_compared():
    """Or is in the list of those that cannot be, with the reason."""
    wanted = {
        f"{row['namespace']}.{row['js_name']}".removeprefix("tf.")
        for row in contract.rows()
        if row["kind"] in contract.FUNCTIONS and row["namespace"].startswith("tf")
    }
    compared = set(BY_NAME)
    assert not (wanted - compared - set(NOT_COMPARED)), "no row and no reason"
    assert not (compared - wanted), "no such function in the contract"
    assert not (compared & set(NOT_COMPARED)), "compared after all"


def test_names_are_unique():
    assert len(BY_NAME) == len(ROWS)
