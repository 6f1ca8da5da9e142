"""What a function's or a model's plans are, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ArgumentError

if TYPE_CHECKING:
    from .compiled import Compiled


def paragraphs(name: str, plans: Sequence[Compiled]) -> str:
    """What plans cost, one paragraph each."""
    return "\n\n".join(f"{name}\n{_paragraph(plan)}" for plan in plans)


def graphs(plans: Sequence[Compiled], draws: bool) -> str:
    """The graphs of plans, or with `draws` what the backend makes of them."""
    return "\n\n".join(plan.dump(draws) for plan in plans)


def described(what: str, name: str, plans: Sequence[Compiled], refusal: str | None) -> str:
    """`paragraphs` about a model; an `ArgumentError` of `what` where there is no plan."""
    _check_any(what, plans, refusal)
    return paragraphs(name, plans)


def dumped(what: str, plans: Sequence[Compiled], refusal: str | None, draws: bool) -> str:
    """`graphs` of a model; an `ArgumentError` of `what` where there is no plan."""
    _check_any(what, plans, refusal)
    return graphs(plans, draws)


def _check_any(what: str, plans: Sequence[Compiled], refusal: str | None) -> None:
    if not plans and refusal is not None:
        raise ArgumentError(f"{what}: it runs without a plan, because {refusal}")
    if not plans:
        raise ArgumentError(f"{what}: no plan yet; call predict first")


def _paragraph(plan: Compiled) -> str:
    facts = plan.describe()
    width = max(map(len, facts))
    return "\n".join(f"  {name:{width}}  {value}" for name, value in facts.items())
