"""Who may see what is for operators: holders of an API key, or, where none is set, this machine."""

from __future__ import annotations

import hmac

from fastapi import Request

from hiring_advisor.channels.hosts import is_loopback, name_of
from hiring_advisor.channels.services import services_of
from hiring_advisor.errors import Forbidden

_FORWARDED = frozenset(
    "forwarded via x-real-ip x-client-ip x-cluster-client-ip x-original-host x-proxyuser-ip "
    "client-ip true-client-ip cf-connecting-ip cf-ray cdn-loop fastly-client-ip fly-client-ip "
    "x-azure-clientip x-amzn-trace-id x-envoy-external-address x-scheme".split()
)


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
    names = request.headers.keys()
    if any(name in _FORWARDED or name.startswith("x-forwarded") for name in names):
        return False
    # A page of any site can make its name lead here; the browser then still says that name.
    hosts = request.headers.getlist("host")
    is_asked_here = len(hosts) <= 1 and all(is_loopback(name_of(host)) for host in hosts)
    return is_asked_here and is_loopback(request.client.host if request.client else "")
