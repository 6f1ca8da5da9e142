"""Serves the pages from this folder: a small threaded HTTP server, standard library only.

For development and tests; any static file server does for publishing. It knows the MIME types
that browsers insist on, may add other folders (``--mount``) and the headers that make a page
cross-origin isolated (``--isolated``). Also used as a library by the browser tests.
"""

import argparse
import os
import sys
import threading
import webbrowser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent

ISOLATION_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Handler(SimpleHTTPRequestHandler):
    """Files below the server's root and mounts; keeps connections open between requests."""

    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; without this each answer waits for an acknowledgement.
    disable_nagle_algorithm = True
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".py": "text/x-python; charset=utf-8",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
    }

    def translate_path(self, path):
        """The file for a URL path: below the longest mount that has it, else below the root."""
        for prefix, folder in self.server.mounts:
            if path == prefix or path.startswith((prefix + "/", prefix + "?")):
                self.directory = str(folder)
                found = super().translate_path(path[len(prefix) :] or "/")
                if os.path.exists(found):
                    return found
        self.directory = str(self.server.root)
        return super().translate_path(path)

    def end_headers(self):
        """Add caching and isolation: dependencies may be cached, what is being edited may not."""
        is_dependency = getattr(self, "path", "").startswith("/node_modules/")
        self.send_header("Cache-Control", "max-age=3600" if is_dependency else "no-cache")
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format, *args):
        """Say nothing about requests that went well; errors are logged by ``log_error``."""

    def log_error(self, format, *args):
        """Name the request that failed."""
        sys.stderr.write(f"{self.path}: {format % args}\n")


class Server(ThreadingHTTPServer):
    """A server on this machine only; ``with`` runs it in a thread of its own."""

    daemon_threads = True

    def __init__(self, root=ROOT, port=0, mounts=None, isolated=False, handler=Handler):
        self.root = Path(root)
        mounts = {prefix.rstrip("/"): Path(folder) for prefix, folder in (mounts or {}).items()}
        self.mounts = sorted(mounts.items(), key=lambda mount: -len(mount[0]))
        self.headers = ISOLATION_HEADERS if isolated else {}
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self):
        """The address of the root, without a final slash."""
        return f"http://localhost:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A page that was closed while loading is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def has_desktop():
    """Whether a window could be opened here."""
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def mount(text):
    """Parse ``/url=folder``."""
    prefix, _, folder = text.partition("=")
    if not prefix.startswith("/") or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not /url=folder with an existing folder")
    return prefix, folder


def main():
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the pages in this folder.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--isolated", action="store_true", help="cross-origin isolated pages")
    parser.add_argument("--mount", type=mount, action="append", default=[], metavar="/URL=FOLDER")
    parser.add_argument("--open", action="store_true", help="open a browser where there is one")
    options = parser.parse_args()
    try:
        server = Server(port=options.port, mounts=dict(options.mount), isolated=options.isolated)
    except OSError as error:
        sys.exit(f"port {options.port}: {error.strerror}; name another with --port (make: PORT=)")
    print(f"Serving the pages at {server.url}/ (Ctrl-C stops)", flush=True)
    if options.open and has_desktop():
        webbrowser.open(server.url + "/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
