from typing import Any, NamedTuple

from nameko.extensions import SharedExtension

class BindAddress(NamedTuple):
    address: str
    port: int

def parse_address(address_string: str) -> BindAddress: ...

HttpOnlyProtocol: Any

class WebServer(SharedExtension):
    _gt: Any
    _sock: Any
    _providers: set[Any]
    def __init__(self) -> None: ...
    def make_url_map(self) -> Any: ...
