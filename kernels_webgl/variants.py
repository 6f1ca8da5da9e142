"""The ways in which a family of operations can be computed, and which of them a device uses.

A device keeps its choices among its limits, as places in these tuples: kernels see them there, and
where nothing was chosen it is the first, the fastest on the devices measured so far. A variant is
used where it can be; what it cannot do the next one does.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfpy.errors import ArgumentError

TABLE: dict[str, tuple[str, ...]] = {
    # 3 x 3 windows transformed; windows written out; a loop over the taps; no blocks at all.
    "conv": ("winograd", "taps", "loop", "flat"),
    # In blocks, with windows written out; a texel at a time.
    "depthwise": ("taps", "flat"),
    # Large products as 1 x 1 convolutions in blocks; a texel at a time.
    "matmul": ("blocks", "flat"),
}

#: What was fastest on the devices that have been measured, by a part of their names.
MEASURED: dict[str, dict[str, str]] = {
    "SwiftShader": {"conv": "winograd", "depthwise": "taps", "matmul": "blocks"},
    "llvmpipe": {"conv": "winograd", "depthwise": "taps", "matmul": "blocks"},
}


def measured(device: str) -> dict[str, str] | None:
    """What was fastest on the device of that name, if it has been measured."""
    return next((found for part, found in MEASURED.items() if part in device), None)


def chosen(limits: Mapping[str, int], family: str) -> str:
    """The variant of `family` on a device with `limits`."""
    return TABLE[family][limits.get(family, 0)]


def choices(limits: Mapping[str, int]) -> dict[str, str]:
    """The variant of every family."""
    return {family: chosen(limits, family) for family in TABLE}


def numbered(wanted: Mapping[str, str]) -> dict[str, int]:
    """`wanted` as limits. Raises `ArgumentError` for families and variants that do not exist."""
    for family, variant in wanted.items():
        if variant not in TABLE.get(family, ()):
            known = "; ".join(f"{name}: {', '.join(table)}" for name, table in TABLE.items())
            raise ArgumentError(f"tune: there is no variant {variant!r} of {family!r} ({known})")
    return {family: TABLE[family].index(variant) for family, variant in wanted.items()}
