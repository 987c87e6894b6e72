"""Who may see what is for operators: holders of an API key, or, where none is set, this machine."""

from __future__ import annotations

import hmac
import ipaddress

from fastapi import Request

from hiring_advisor.channels.services import services_of
from hiring_advisor.errors import Forbidden

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


async def operator(request: Request) -> None:
    """Let operators in. Raises `Forbidden` for everyone else.

    A request that came through a proxy is not this machine's, wherever the proxy runs.
    """
    keys = services_of(request).settings.api_keys
    if not keys:
        if _is_direct_loopback(request):
            return
        raise Forbidden("This is for operators: set ADVISOR_API_KEYS and send one of them.", 403)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    offered = given.encode() if scheme.lower() == "bearer" else b""
    # All keys are compared, so that the time does not tell which one was near.
    matches = [hmac.compare_digest(key.get_secret_value().encode(), offered) for key in keys]
    if not any(matches):
        raise Forbidden("This wants an API key: send it as `Authorization: Bearer …`.", 401)


def _is_direct_loopback(request: Request) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
