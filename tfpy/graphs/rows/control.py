"""Branches, loops and calls. TensorFlow 1's loops are While when they come here (`loops`)."""

from __future__ import annotations

from typing import Any

from ...errors import ExecutionError
from ...ops.creation import scalar
from ...tensor import Tensor
from ..definition import Node
from ..table import ROWS, Attrs, Row, row


class _Dead:
    """What a way that was not taken gives: each output of a dead node is dead too."""

    def __getitem__(self, index: int) -> _Dead:
        return self

    def __repr__(self) -> str:
        return "<not computed>"


DEAD = _Dead()


@row("Switch", host=(1,), outputs="output_false output_true", how="apart")
def _switch(attrs: Attrs, x: Any, condition: Any) -> Any:
    return (DEAD, x) if condition else (x, DEAD)


@row("Merge", outputs="output value_index", how="apart")
def _merge(attrs: Attrs, *xs: Any) -> Any:
    """The input that is alive; there is at most one."""
    for i, x in enumerate(xs):
        if x is not DEAD:
            return x, scalar(i, "int32")
    return DEAD, DEAD


@row("If StatelessIf", outputs="output*Tout", how="context")
async def _if(context: Any, node: Node, condition: Any, *args: Any) -> Any:
    taken = "then_branch" if await context.truth(condition) else "else_branch"
    given = [*args]
    del args
    return await context.call(node.attrs[taken], given)


@row("While StatelessWhile", outputs="output*inputs", how="context")
async def _while(context: Any, node: Node, *args: Any) -> Any:
    condition, body = node.attrs["cond"], node.attrs["body"]
    state = [*args]
    del args  # they may go after their last use in the first round
    while True:
        context.count_round(node.name)
        (again,) = await context.call(condition, [*state])
        if not await context.truth(again):
            return tuple(state)
        state = await context.call(body, state)
        await context.pause()


@row("PartitionedCall StatefulPartitionedCall", outputs="output*Tout", how="context")
async def _call(context: Any, node: Node, *args: Any) -> Any:
    given = [*args]
    del args
    return await context.call(node.attrs["f"], given)


# Inside loops and branches these only mark places.
for _name in ("LoopCond", "Enter", "Exit", "NextIteration"):
    ROWS[_name] = Row(lambda attrs, x: x, how="apart")


@row("Assert", how="context")
async def _assert(context: Any, node: Node, condition: Any, *data: Any) -> Any:
    if not await context.truth(condition):
        told = [await context.numbers(x) for x in data]
        raise ExecutionError(f"the model asserts what is not so: {told}")
    return condition


@row("Print", how="context")
async def _print(context: Any, node: Node, x: Any, *data: Any) -> Any:
    """Up to `summarize` elements of each, as TensorFlow and TF.js print them."""
    most = node.attrs.get("summarize") or 3
    told = [list((await context.read(d))[:most]) for d in data if isinstance(d, Tensor)]
    print(node.attrs.get("message") or "", *told)
    return x
