from collections.abc import Callable
from typing import Any

from nameko.extensions import Entrypoint, F
from nameko.web.server import WebServer
from werkzeug.routing import Rule

class HttpRequestHandler(Entrypoint):
    server: WebServer
    method: str
    url: str
    def __init__(self, method: str, url: str, **kwargs: Any) -> None: ...
    @classmethod
    def decorator(cls, *args: Any, **kwargs: Any) -> Callable[[F], F]: ...  # routes share options as dicts
    def get_url_rule(self) -> Rule: ...
    def handle_request(self, request: Any) -> Any: ...
