"""How requests of ordinary Python follow a server that sends them elsewhere: as browsers do.

A page's requests are its browser's; see `compat.network`.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

#: What says who asks, which is no other host's business.
SECRETS = ("Authorization", "Cookie", "Proxy-authorization")


class _Redirects(HTTPRedirectHandler):
    """Follows for what is only read. What is sent would come to another address without its body,
    and a model would seem saved: that redirect is an answer like 404."""

    def redirect_request(self, req: Request, *how: Any) -> Request | None:
        if req.get_method() not in ("GET", "HEAD"):
            return None
        new = super().redirect_request(req, *how)
        if new is not None and _origin(new) != _origin(req):
            for name in SECRETS:
                new.remove_header(name)
        return new


def _origin(request: Request) -> tuple[str, str]:
    parts = urlsplit(request.full_url)
    return parts.scheme, parts.netloc


@cache
def opener() -> OpenerDirector:
    """What opens addresses."""
    return build_opener(_Redirects)
