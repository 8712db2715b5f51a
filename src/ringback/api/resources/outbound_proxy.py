"""The outbound proxy: through which server calls go out. None can be set up yet, and the answers say so."""

from typing import Any

from ringback.api.asked import Asked
from ringback.api.permission import Deed, Who
from ringback.api.place import Place
from ringback.calls.notes import WARNING, Fault
from ringback.kernel.errors import Conflict

OUTBOUND_PROXY = Place(
    path="OutboundProxy",
    target="OutboundProxies",
    who=Who.OPERATOR,
    names_as_written=True,
    description="Through which SIP server calls go out, and the one that takes its place when it fails.",
)
#: of a switch, and of one that cannot be made
_SWITCHED = 14110


@OUTBOUND_PROXY.answers("GET")
async def proxies(_asked: Asked) -> Any:
    return {
        "ActiveProxy": "",
        "UsingFallBackProxy": "false",
        "AllowFallbackToPrimary": "false",
        "PrimaryProxy": "",
        "FallbackProxy": "",
    }


@OUTBOUND_PROXY.answers("GET", "getActiveProxy")
async def active(_asked: Asked) -> Any:
    return {"ActiveProxy": ""}


@OUTBOUND_PROXY.answers("GET", "switchProxy", Deed.MODIFY)
async def switch(asked: Asked) -> Any:
    reason = "The outbound proxy was not switched: neither a primary nor a fallback proxy is set up on this server."
    await asked.house.notes.write(asked.account.sid, Fault(_SWITCHED, reason, WARNING))
    raise Conflict(reason, code=_SWITCHED)
