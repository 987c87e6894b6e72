"""Names that the server answers to: where they are set, a request for another one is refused."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from hiring_advisor.channels.problems import problem


def name_of(host: str) -> str:
    """A Host header without its port, in lower case; empty for what is none."""
    match = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::\d*)?|([\w.-]+)(?::\d*)?", host, re.ASCII)
    return (match[1] or match[2]).lower() if match else ""


def is_loopback(name: str) -> bool:
    """Whether a name or an address is this machine's."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class TrustedHosts:
    """Refuses requests whose one Host header is not in `names`; this machine may ask itself."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer 421."""
        if scope["type"] == "http":
            hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            name = name_of(hosts[0]) if len(hosts) == 1 else ""
            if name not in self.names and not is_loopback(name):
                refusal = problem(
                    421, "Not this site", "There is no site of that name here: check the address."
                )
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)
