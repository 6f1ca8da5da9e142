"""A server's part that keeps models sent to it: those of tests, natively and in browsers."""

from posixpath import dirname, normpath


class Keeps:
    """Mixed into a request handler: takes a form of files, as TensorFlow.js and tfpy send a model,
    and gives them back, each beside the address that the form went to."""

    #: Contents by path, for all handlers.
    kept = {}

    def do_POST(self):
        """Keep the files of a form."""
        kind, _, boundary = self.headers["Content-Type"].partition("; boundary=")
        assert kind == "multipart/form-data"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for part in body.split(b"--" + boundary.encode())[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            name = head.partition(b'filename="')[2].partition(b'"')[0].decode()
            self.kept[f"{dirname(self.path)}/{name}"] = content.removesuffix(b"\r\n")
        self._answer(b"")

    def do_GET(self):
        """Give a file back; others are the server's own."""
        path = normpath(self.path)
        if path in self.kept:
            self._answer(self.kept[path])
        else:
            super().do_GET()

    def _answer(self, content):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
