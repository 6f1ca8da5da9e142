"""The table of operations: what each needs and gives. The rows are in `rows`, a module a family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from ..errors import ArgumentError, ModelFormatError
from .definition import Node

Attrs = dict[str, Any]


class Row(NamedTuple):
    """How one TensorFlow operation runs.

    Attributes:
        run: `run(attrs, *inputs)` gives a tensor, or a list or tuple of them.
        host: positions of the inputs whose values are needed, as nested lists or numbers; negative
            ones count from the end.
        outputs: TensorFlow's names of the outputs. `name*attr` is as many as an attribute says (or
            as long as it is), `name*inputs` as many as there are inputs, `name*` any number.
        how: "plan" for tensors to tensors. Others run apart from plans: "values" need the values of
            all tensors, "apart" have to do with more than tensors, "context" are coroutines
            `run(context, node, *inputs)`.
        reads_shape: whether the result depends on the shape of its input alone.
        inputs: the least and the greatest number of them, None for no limit; by default what `run`
            says.
        random: whether the result is another one each time.
    """

    run: Callable[..., Any]
    host: tuple[int, ...] = ()
    outputs: str = "output"
    how: str = "plan"
    reads_shape: bool = False
    inputs: tuple[int, int | None] | None = None
    random: bool = False

    def arity(self) -> tuple[int, int | None]:
        """The least and the greatest number of inputs; None for no limit."""
        if self.inputs is not None:
            return self.inputs
        code = self.run.__code__
        most = code.co_argcount - (2 if self.how == "context" else 1)
        least = most - len(self.run.__defaults__ or ())
        return least, None if code.co_flags & 0x04 else most


ROWS: dict[str, Row] = {}
CUSTOM: dict[str, Row] = {}
#: How often `CUSTOM` has changed: programs made before may run what nobody wants any more.
registrations = 0
#: A node that says it has more is damaged.
MAX_OUTPUTS = 1 << 16
#: Operations that have no row because they hold a value.
SOURCES = ("Const", "Placeholder")
#: Modules of rows, each imported when an operation is in none before it.
FAMILIES = ["arithmetic", "arrays", "windows", "control", "choices", "lists", "tables", "others"]
_waiting = list(FAMILIES)


def row(
    names: str,
    host: tuple[int, ...] = (),
    outputs: str = "output",
    how: str = "plan",
    random: bool = False,
) -> Any:
    """Register the decorated function for these TensorFlow operations."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        for name in names.split():
            ROWS[name] = Row(run, host, outputs, how, random=random)
        return run

    return register


def plain(table: str) -> None:
    """Register operations that are a function of tfpy's, each a line of words:

    TensorFlow's names with `|` between them, tfpy's function, how many inputs it has (`2-3` for an
    optional third, `*` for a list of them), and then `host=` positions (with `!` for a number that
    may come in a vector), `out=` names of outputs, `how=`, and attributes that it takes by name (or
    `theirs:ours`).
    """
    for line in table.splitlines():
        if not line.strip():
            continue
        names, function, count, *words = line.split()
        settings = dict(word.split("=") for word in words if "=" in word)
        options = [tuple((word.split(":") * 2)[:2]) for word in words if "=" not in word]
        hosts = [h for h in settings.get("host", "").split(",") if h]
        single = [int(h[:-1]) for h in hosts if h.endswith("!")]
        least, _, most = count.partition("-")
        made = Row(
            _caller(function, options, single, count == "*"),
            tuple(int(h.rstrip("!")) for h in hosts),
            settings.get("out", "output").replace(",", " "),
            settings.get("how", "plan"),
            inputs=(1, None) if count == "*" else (int(least), int(most or least)),
        )
        ROWS.update(dict.fromkeys(names.split("|"), made))


def _caller(
    name: str, options: list[tuple[str, ...]], single: list[int], as_list: bool
) -> Callable[..., Any]:
    from .. import __name__ as package

    function: Any = import_module(package)
    for part in name.split("."):
        function = getattr(function, part)

    def run(attrs: Attrs, *inputs: Any) -> Any:
        given = {ours: attrs[k] for k, ours in options if attrs.get(k) is not None}
        values: list[Any] = list(inputs)
        for i in single:
            if i < len(values):
                values[i] = as_number(values[i], f"input {i}")
        return function(values, **given) if as_list else function(*values, **given)

    return run


def find(op: str) -> Row | None:
    """The row of an operation, None if tfpy lacks it."""
    return CUSTOM.get(op) or _own(op)


def _own(op: str) -> Row | None:
    """tfpy's row of an operation, though `register_op` may have brought another."""
    while op not in ROWS and _waiting:
        import_module(f"{__package__}.rows.{_waiting.pop(0)}")
    return ROWS.get(op)


def pairs(table: str) -> Any:
    """A table of words as pairs of two words each."""
    words = iter(table.split())
    return zip(words, words, strict=True)


#: What the converter merges into a node, and what tfpy calls it.
FUSED = dict(
    pairs("""BiasAdd bias Relu relu Relu6 relu6 Elu elu Sigmoid sigmoid Prelu prelu
    LeakyRelu leaky_relu""")
)


# ------------------------------------------------------------------------------------- outputs


def output_names(node: Node) -> list[str] | None:
    """The name of each output in order; None if only running tells how many there are."""
    row = find(node.op)
    return None if row is None else _names(node, row)


def _names(node: Node, row: Row) -> list[str] | None:
    names: list[str] = []
    for word in row.outputs.split():
        name, star, by = word.partition("*")
        times: Any = len(node.inputs) if by == "inputs" else node.attrs.get(by)
        if isinstance(times, (list, tuple)):
            times = len(times)
        if star and not isinstance(times, int):
            return None
        if star and not 0 <= times <= MAX_OUTPUTS:
            raise ModelFormatError(f"node {node.name} ({node.op}) has {times} outputs")
        names += [name] * (times if star else 1)
    return names


def port_of(node: Node, name: str, index: int) -> int:
    """The number of the output that a function calls `node:name:index`.

    Raises `ModelFormatError` where only whoever registered the operation could know it.
    """
    row = _own(node.op) or CUSTOM.get(node.op)
    names = (_names(node, row) if row else None) or []
    if node.op in CUSTOM and row is CUSTOM[node.op] and name not in (names or ["output"]):
        raise ModelFormatError(
            f"node {node.name} ({node.op}): give register_op its outputs; one is called {name}"
        )
    # Names matter only where there are several, so the table need not have those of the others.
    return (names.index(name) if name in names and len(set(names)) > 1 else 0) + index


# -------------------------------------------------------------------------------------- custom


def register_op(name: str, function: Callable[[Any], Any], *, outputs: Sequence[str] = ()) -> None:
    """Let graph models have an operation that tfpy lacks, or does otherwise.

    Args:
        name: the operation's, as in the graph.
        function: called as `function(node)`, where `node.inputs` are tensors, `node.attrs` the
            attributes by name and `node.name` the node's; gives a tensor or a list of them. It may
            be a coroutine for `execute_async`.
        outputs: TensorFlow's names of the operation's outputs in order, by which nodes inside the
            model's functions take them. Not needed for one that is called "output", nor to do
            otherwise what tfpy can do.

    Raises:
        ArgumentError: `name` or one of `outputs` is no text, or `function` cannot be called.

    >>> tfpy.register_op("Cube", lambda node: node.inputs[0] ** 3)
    >>> tfpy.deregister_op("Cube")
    """
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"register_op: name must be a text, not {name!r}")
    if not callable(function):
        raise ArgumentError(f"register_op: function must be callable, not {function!r}")
    if not isinstance(outputs, (list, tuple)) or not all(isinstance(o, str) for o in outputs):
        raise ArgumentError(f"register_op: outputs must be a list of names, not {outputs!r}")

    async def run(context: Any, node: Node, *inputs: Any) -> Any:
        return await context.settled(function(CustomNode(node.name, list(inputs), node.attrs)))

    CUSTOM[name] = Row(run, outputs=" ".join(outputs) or "output*", how="context")
    _changed()


def deregister_op(name: str) -> None:
    """Forget what `register_op` was told; models loaded before that need it no longer run."""
    if CUSTOM.pop(name, None) is None:
        raise ArgumentError(f"deregister_op: {name!r} is not registered")
    _changed()


def _changed() -> None:
    global registrations
    registrations += 1


class CustomNode(NamedTuple):
    """What a function of `register_op` gets."""

    name: str
    inputs: list[Any]
    attrs: Attrs


def as_number(value: Any, what: str) -> Any:
    """The one number of a scalar or a vector of one, as converters write some."""
    while isinstance(value, list):
        if len(value) != 1:
            raise ModelFormatError(f"{what} must be one number, not {value}")
        value = value[0]
    return value
