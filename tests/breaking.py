"""A server whose files break off, stall, change and are refused as a test says.

Used natively and by browser tests: `with Breaking(files) as server: ...`.
"""

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Breaking:
    """Serves `files`, bytes by path.

    `server.faults[path]` lists what happens to the next requests of a file, one after the other:

    - a status, or (status, {header: value});
    - ("cut", n): n bytes come and the connection closes, as if they were all there is to come;
    - ("reset", n): the same, torn down;
    - ("stall", n, seconds): n bytes come, then nothing for so long, then the rest;
    - ("drop",): no answer at all;
    - ("less", n): only n bytes are given of the part that is asked for;
    - ("whole",): the request is answered with the whole file, whatever part it asks for;
    - ("as", content): the file has this content from now on.

    Attributes:
        asked: the requests so far, (path, the Range header or None).
        headers: all headers of each of them.
        ranges: whether parts are given at all.
        versions: whether it tells of each file which version it is.
        silent: whether nothing is answered at all.
    """

    def __init__(self, files, ranges=True):
        self.files, self.ranges, self.versions = dict(files), ranges, True
        self.faults, self.asked, self.headers, self.silent = {}, [], [], False

    def __enter__(self):
        breaking = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                breaking._answer(self)

            def do_OPTIONS(self):
                breaking.asked.append((self.path, "OPTIONS"))
                _send(self, 403, b"", {})

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, address: None  # whoever leaves early
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def stop(self):
        """Be gone: what is asked from now on, even over open connections, gets no answer."""
        self.silent = True
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __exit__(self, *exception):
        self.stop()

    def count(self, path):
        """How often a file was asked for."""
        return [asked for asked, _ in self.asked].count(path)

    def _answer(self, handler):
        path, part = handler.path, handler.headers["Range"]
        if self.silent:
            _tear(handler)
            return
        self.asked.append((path, part))
        self.headers.append(dict(handler.headers))
        fault = self.faults.get(path) and self.faults[path].pop(0)
        kind, *how = fault if isinstance(fault, tuple) else (fault,)
        if kind == "as":
            self.files[path] = how[0]
        if kind == "drop":
            _tear(handler)
        elif isinstance(kind, int) or path not in self.files:
            _send(handler, kind or 404, b"", how[0] if how else {})
        else:
            content = self.files[path]
            headers = {"ETag": f'"{hash(content)}"'} if self.versions else {}
            status, size = 200, len(content)
            if part and self.ranges and kind != "whole":
                # Chromium's own cache adds where a part ends.
                start, _, end = part.removeprefix("bytes=").partition("-")
                last = int(start) + how[0] - 1 if kind == "less" else int(end or size - 1)
                status, content = 206, content[int(start) : last + 1]
                headers["Content-Range"] = f"bytes {start}-{last}/{size}"
            _send(handler, status, content, headers, kind, *how)


def _send(handler, status, content, headers, kind=None, size=0, pause=0):
    handler.send_response(status)
    headers = {"Content-Length": str(len(content)), "Access-Control-Allow-Origin": "*", **headers}
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    if kind not in ("cut", "reset", "stall"):
        size = len(content)
    handler.wfile.write(content[:size])
    handler.wfile.flush()
    if kind == "stall":
        time.sleep(pause)
        handler.wfile.write(content[size:])
    elif size < len(content):
        # A browser may throw away what it has not given to the page when it learns of the end.
        time.sleep(0.2)
        if kind == "reset":
            _tear(handler)
        handler.close_connection = True


def _tear(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
