"""The fixture of these tests."""

import pytest

from tfpy import array_api as xp


@pytest.fixture(params=["numpy", "webgl"])
def dtypes(request, use_backend):
    """`dtypes(*kinds)`: the names of the dtypes of these kinds that the backend has."""
    use_backend(request.param)
    info = xp.__array_namespace_info__()
    return lambda *kinds: [n for kind in kinds for n in info.dtypes(kind=kind)]
