"""TensorFlow 1's loops as While.

Such a loop is a frame of nodes: Enter brings values in, each Merge is a variable of the loop (its
first value, or that of the round before), LoopCond says whether there is another round, Switch
passes a variable on to the body or out of the loop, NextIteration ends a round and Exit takes the
result out. Here the nodes of a frame become two functions, a condition and a body, and one While
node calls them, so that there is one kind of loop to run. Frames within frames are lifted when the
functions they are part of are.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ModelFormatError
from .definition import Function, Node, Nodes, Port

#: Functions that call functions, and loops in loops, may go this deep.
MAX_DEPTH = 50
_MARKS = ("Enter", "Exit", "NextIteration", "LoopCond")
_INPUTS = {**dict.fromkeys(_MARKS, 1), "Switch": 2}
_Path = tuple[str, ...]


def lift_loops(nodes: Nodes) -> Nodes:
    """The graph with its outermost loops as While nodes.

    Raises `ModelFormatError` for what is no loop.
    """
    if not any(node.op in _MARKS for node in nodes.values()):
        return nodes
    for node in nodes.values():
        if len(node.inputs) != _INPUTS.get(node.op, len(node.inputs)):
            raise ModelFormatError(f"node {node.name} ({node.op}) has {len(node.inputs)} inputs")
    paths = _paths(nodes)
    frames: dict[str, Nodes] = {}
    for name, path in paths.items():
        if path:
            frames.setdefault(path[0], {})[name] = nodes[name]
    result = {n: node for n, node in nodes.items() if not paths[n]}
    for frame, members in frames.items():
        own = {n for n in members if paths[n] == (frame,)}
        result.update(_lift(frame, members, own, nodes))
    for node in result.values():
        if node.op in _MARKS:
            raise ModelFormatError(f"node {node.name} ({node.op}) is not part of a loop")
    return {n: _without_lost(node, result) for n, node in result.items()}


def _paths(nodes: Nodes) -> dict[str, _Path]:
    """The frames that each node lies in, the outermost first: the most that a node it takes from
    lies in. Each is looked at once, after what it takes; only the next round goes back."""
    users: dict[str, list[str]] = {}
    before: dict[str, int] = {}
    for node in nodes.values():
        before[node.name] = 0
        for name in (*(port.node for port in node.inputs), *node.control):
            # What a frame has lost is told where its functions are checked.
            if name in nodes and nodes[name].op != "NextIteration":
                before[node.name] += 1
                users.setdefault(name, []).append(node.name)
    paths: dict[str, _Path] = dict.fromkeys(nodes, ())
    ready = [name for name, count in before.items() if not count]
    for name in ready:  # grows meanwhile
        if nodes[name].op == "Exit":
            paths[name] = paths[name][:-1]
        for user in users.get(name, ()):
            paths[user] = max(paths[user], _path_of(nodes[user], paths[name]), key=len)
            before[user] -= 1
            if not before[user]:
                ready.append(user)
    for name, count in before.items():
        if count:
            raise ModelFormatError(f"the graph has a cycle before {name} that is no loop")
    return paths


def _path_of(node: Node, before: _Path) -> _Path:
    """Where a node lies that takes something from `before`. An Exit counts as inside at first."""
    if node.op != "Enter":
        return before
    frame = str(node.attrs.get("frame_name"))
    if frame in before:
        raise ModelFormatError(f"node {node.name} enters the frame {frame} from within")
    if len(before) >= MAX_DEPTH:
        raise ModelFormatError(f"node {node.name} enters a loop in loops, {MAX_DEPTH} deep")
    return (*before, frame)


class _Loop(NamedTuple):
    """The parts of a frame."""

    condition: Port
    #: Each variable's Merge, first value and value for the next round.
    merges: list[str]
    first: list[Port]
    following: list[Port]


def _lift(frame: str, members: Nodes, own: set[str], nodes: Nodes) -> Nodes:
    """The While node of a frame, and what takes the place of its Exits."""
    loop = _loop(frame, members, own)
    inside, captured = _inside(loop, members, own, nodes)
    arguments = [*loop.merges, *captured]
    name = f"{frame}/while"
    if name in nodes:
        raise ModelFormatError(f"a node is called like the loop {name}")
    passed = [Port(argument, 0) for argument in captured]
    functions = {
        "cond": Function(f"{name}_cond", inside, arguments, [loop.condition]),
        "body": Function(f"{name}_body", inside, arguments, [*loop.following, *passed]),
    }
    entering = [members[n] for n in members if n in own and members[n].op == "Enter"]
    waits = dict.fromkeys(n for node in entering for n in node.control if n not in members)
    sources = [*loop.first, *captured.values()]
    made = {name: Node(name, "While", sources, [*waits], dict(functions))}
    for exit_ in [n for n in nodes.values() if n.op == "Exit" and n.inputs[0].node in own]:
        switch = members[exit_.inputs[0].node]
        if switch.op != "Switch" or switch.inputs[0].node not in loop.merges:
            raise ModelFormatError(f"node {exit_.name} leaves the loop {frame} from its middle")
        variable = loop.merges.index(switch.inputs[0].node)
        made[exit_.name] = Node(exit_.name, "Identity", [Port(name, variable)], [], {})
    return made


def _loop(frame: str, members: Nodes, own: set[str]) -> _Loop:
    conditions = [members[n] for n in own if members[n].op == "LoopCond"]
    if len(conditions) != 1:
        raise ModelFormatError(f"the loop {frame} has {len(conditions)} conditions")
    loop = _Loop(conditions[0].inputs[0], [], [], [])
    for node in members.values():
        if node.name not in own or node.op != "Merge":
            continue
        sources = [members.get(port.node, node) for port in node.inputs]
        kinds = sorted((source.op, source) for source in sources)
        if [kind for kind, _ in kinds] == ["Enter", "NextIteration"]:
            loop.merges.append(node.name)
            loop.first.append(kinds[0][1].inputs[0])
            loop.following.append(kinds[1][1].inputs[0])
    return loop


def _inside(
    loop: _Loop, members: Nodes, own: set[str], nodes: Nodes
) -> tuple[Nodes, dict[str, Port]]:
    """The nodes of both functions, and what they take from outside, by the argument's name."""
    inside: Nodes = {n: Node(n, "Placeholder", [], [], {}) for n in loop.merges}
    captured: dict[str, Port] = {}

    def taken(port: Port) -> Port:
        if port.node in members or port.node not in nodes:
            return port
        if nodes[port.node].op == "Const":
            inside[port.node] = nodes[port.node]._replace(control=[])
            return port
        name = f"{port.node}:{port.output}"
        captured[name] = port
        inside[name] = Node(name, "Placeholder", [], [], {})
        return Port(name, 0)

    for name, node in members.items():
        if name in loop.merges or (name in own and node.op in ("NextIteration", "LoopCond")):
            continue
        if name in own and node.op == "Enter":
            inside[name] = Node(name, "Identity", [taken(node.inputs[0])], [], {})
        elif name in own and node.op == "Switch" and _decides(members, node):
            # The body runs only where there is another round, so both ways are the variable.
            variable = taken(node.inputs[0])
            inside[name] = Node(name, "IdentityN", [variable, variable], [], {})
        else:
            inside[name] = node._replace(inputs=[taken(port) for port in node.inputs])
    lost = {n: _without_lost(node, inside) for n, node in inside.items()}
    return lost, captured


def _decides(members: Nodes, switch: Node) -> bool:
    """Whether a Switch is the loop's own, not one of a branch within."""
    pred = members.get(switch.inputs[1].node)
    return pred is not None and pred.op == "LoopCond"


def _without_lost(node: Node, nodes: Nodes) -> Node:
    """`node` without waiting for nodes that are no more."""
    return node._replace(control=[name for name in node.control if name in nodes])
