"""What a page keeps for its user: local storage, a database, fetched files, downloads.

The database and the keys are those of TensorFlow.js, so that its pages and tfpy's read each
other's models.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from ..errors import StorageError
from . import IN_BROWSER
from .network import Body, outcome

_DATABASE, _VERSION = "tensorflowjs", 1
_MODELS, _INFOS = "models_store", "model_info_store"


def _of_page(name: str) -> Any:
    """Something that pages have, and workers or ordinary Python may lack."""
    if IN_BROWSER:
        import js
        from pyodide.ffi import JsException

        try:
            if (found := getattr(js, name, None)) is not None:
                return found
        except JsException as error:  # a page in a sandbox, or a user who forbids it
            raise StorageError(f"{name} may not be used here ({error})") from None
    raise StorageError(f"there is no {name} here")


# ------------------------------------------------------------------------------------ local storage


def local_items(prefix: str) -> dict[str, str]:
    """The items of the local storage whose keys begin with `prefix`."""
    storage = _of_page("localStorage")
    keys = [str(storage.key(i)) for i in range(storage.length)]
    return {key: str(storage.getItem(key)) for key in keys if key.startswith(prefix)}


def set_local_items(old: dict[str, str], new: dict[str, str]) -> None:
    """Put the items `new` in the place of `old`, or, where there is no room, leave those.

    Raises `StorageError`.
    """
    storage = _of_page("localStorage")
    from pyodide.ffi import JsException

    for key in old:
        storage.removeItem(key)
    try:
        for key, value in new.items():
            storage.setItem(key, value)
    except JsException as error:
        for key in new:
            storage.removeItem(key)
        for key, value in old.items():
            storage.setItem(key, value)
        raise StorageError(f"there is no room in the local storage ({error})") from None


# ----------------------------------------------------------------------------------------- database


async def put_model(
    path: str, artifacts: dict[str, Any], data: bytes, info: dict[str, Any]
) -> None:
    """Keep a model, in the place of one of that name or, if that fails, not at all.

    Raises `StorageError`.
    """
    database = await _open()
    import js
    from pyodide.ffi import to_js

    def record(field: str, value: dict[str, Any]) -> Any:
        return js.JSON.parse(json.dumps({"modelPath": path, field: value}))

    model, about = record("modelArtifacts", artifacts), record("modelArtifactsInfo", info)
    model.modelArtifacts.weightData = to_js(data).slice().buffer
    about.modelArtifactsInfo.dateSaved = js.Date.new(info["dateSaved"])
    # Both or neither: one transaction.
    change = database.transaction(to_js([_MODELS, _INFOS]), "readwrite")
    change.objectStore(_MODELS).put(model)
    change.objectStore(_INFOS).put(about)
    await _finished(database, change, "complete")


async def get_model(path: str) -> tuple[dict[str, Any], list[Body]] | None:
    """A model's artifacts without its weights, and the weights' bytes; None if there is none."""
    database = await _open()
    import js

    request = database.transaction(_MODELS).objectStore(_MODELS).get(path)
    found = await _finished(database, request, "success")
    if not found:
        return None
    # What another page has damaged may lack anything.
    weights: Any = getattr(getattr(found, "modelArtifacts", None), "weightData", None)
    buffers = list(weights) if js.Array.isArray(weights) else [weights]
    artifacts = json.loads(js.JSON.stringify(found)).get("modelArtifacts")
    return artifacts if isinstance(artifacts, dict) else {}, [Body(b) for b in buffers if b]


async def model_infos() -> dict[str, dict[str, Any]]:
    """What there is to know of each model in the database, by its path."""
    database = await _open()
    import js

    request = database.transaction(_INFOS).objectStore(_INFOS).getAll()
    found = json.loads(js.JSON.stringify(await _finished(database, request, "success")))
    return {record["modelPath"]: record.get("modelArtifactsInfo") or {} for record in found}


async def delete_model(path: str) -> None:
    """Remove a model from the database."""
    database = await _open()
    from pyodide.ffi import to_js

    change = database.transaction(to_js([_MODELS, _INFOS]), "readwrite")
    change.objectStore(_MODELS).delete(path)
    change.objectStore(_INFOS).delete(path)
    await _finished(database, change, "complete")


async def _open() -> Any:
    """The database, made if there is none yet."""
    request = _of_page("indexedDB").open(_DATABASE, _VERSION)

    def make(_event: Any) -> None:
        import js

        for store in (_MODELS, _INFOS):
            options = js.JSON.parse('{"keyPath": "modelPath"}')
            request.result.createObjectStore(store, options)

    return await _wait(request, "success", {"upgradeneeded": make})


async def _finished(database: Any, request: Any, event: str) -> Any:
    """The result of a request or transaction; closes the database."""
    try:
        return await _wait(request, event)
    finally:
        database.close()


async def _wait(
    request: Any, event: str, others: dict[str, Callable[[Any], None]] | None = None
) -> Any:
    """The result once `event` comes. Raises `StorageError` for an error or an abort."""
    from pyodide.ffi import create_proxy

    done = asyncio.get_running_loop().create_future()

    def finish(_event: Any) -> None:
        if not done.done():
            done.set_result(None)

    def fail(_event: Any) -> None:
        if not done.done():
            done.set_exception(StorageError(f"the database refuses ({request.error})"))

    events = {event: finish, "error": fail, "abort": fail, "blocked": fail, **(others or {})}
    proxies = {name: create_proxy(handler) for name, handler in events.items()}
    for name, proxy in proxies.items():
        request.addEventListener(name, proxy)
    try:
        await done
    finally:
        for name, proxy in proxies.items():
            request.removeEventListener(name, proxy)
            proxy.destroy()
    return getattr(request, "result", None)


# ------------------------------------------------------------------------------------ fetched files


class PageCache:
    """Files by their addresses, in the browser's Cache API. All of it may raise `StorageError`."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def _call(self, owner: Any, method: str, *arguments: Any) -> Any:
        found, failure = await outcome(owner, method, *arguments)
        if failure:
            raise StorageError(f"the cache {self._name!r} refuses ({failure})")
        return found

    async def _open(self) -> Any:
        return await self._call(_of_page("caches"), "open", self._name)

    async def get(self, url: str) -> Body | None:
        """The file at `url`, or None."""
        found = await self._call(await self._open(), "match", url)
        return Body(await self._call(found, "arrayBuffer")) if found else None

    async def put(self, url: str, body: Body | bytes) -> None:
        """Keep a file."""
        import js
        from pyodide.ffi import to_js

        content = to_js(body) if isinstance(body, bytes) else body.array
        await self._call(await self._open(), "put", url, js.Response.new(content))

    async def delete(self, url: str) -> None:
        """Forget the file at `url`, if there is one."""
        await self._call(await self._open(), "delete", url)

    async def clear(self) -> None:
        """Forget all of them."""
        await self._call(_of_page("caches"), "delete", self._name)


# ---------------------------------------------------------------------------------------- downloads


def download(name: str, content: bytes, kind: str) -> None:
    """Have the browser save a file of that name among the user's downloads.

    Raises `StorageError` where there is no document.
    """
    document = _of_page("document")
    import js
    from pyodide.ffi import create_once_callable, to_js

    options = js.JSON.parse(json.dumps({"type": kind}))
    address = js.URL.createObjectURL(js.Blob.new(to_js([to_js(content)]), options))
    link = document.createElement("a")
    link.href, link.download = address, name
    link.click()
    # The browser reads it after this; a minute is enough for it to have begun.
    js.setTimeout(create_once_callable(lambda: js.URL.revokeObjectURL(address)), 60_000)
