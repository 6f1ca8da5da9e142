"""Hash tables: Python's dicts, which a model's nodes and its initializer share by name."""

from __future__ import annotations

from typing import Any

from ...dtypes import int32
from ...errors import ArgumentError
from ...ops.creation import scalar, tensor
from ..definition import Node
from ..table import row


class Table:
    """Keys and values of one hash table."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}


@row("HashTable HashTableV2", outputs="table_handle", how="context")
async def _table(context: Any, node: Node) -> Any:
    name = node.attrs.get("shared_name") or node.name
    return context.tables.setdefault(name, Table())


_FILLING = "InitializeTable InitializeTableV2 LookupTableImport LookupTableImportV2"


def fills_table(node: Node) -> bool:
    """Whether a node is to be run for what it does, not for what it gives."""
    return node.op in _FILLING.split()


@row(_FILLING, how="context")
async def _fill(context: Any, node: Node, table: Table, keys: Any, values: Any) -> Any:
    found = list(await context.read(keys)), list(await context.read(values))
    if len(found[0]) != len(found[1]):
        raise ArgumentError(f"{len(found[0])} keys for {len(found[1])} values")
    table.values = dict(zip(*found, strict=True))
    return table


@row("LookupTableFind LookupTableFindV2", outputs="values", how="context")
async def _find(context: Any, node: Node, table: Table, keys: Any, default: Any) -> Any:
    (other,) = await context.read(default)
    found = [table.values.get(key, other) for key in await context.read(keys)]
    return tensor(found, keys.shape, default.dtype)


@row("LookupTableSize LookupTableSizeV2", outputs="size", how="context")
async def _size(context: Any, node: Node, table: Table) -> Any:
    return scalar(len(table.values), int32)
