"""The door for phones: which story begins with which SIP request."""

from ringback.flows.house import House
from ringback.flows.receive_call import receive_call
from ringback.flows.register_client import challenged_at_once, register_client
from ringback.sip.server_request import ServerRequest
from ringback.sip.session import ServerCall


class Door:
    """The handler of the SIP endpoint: each request outside a dialog starts a task."""

    def __init__(self, house: House) -> None:
        self._house = house

    def on_invite(self, call: ServerCall) -> None:
        self._house.tasks.start(receive_call(call, self._house), f"INVITE {call.call_id}")

    def on_request(self, request: ServerRequest) -> None:
        if request.request.method == "REGISTER":
            if challenged_at_once(request, self._house):
                return
            self._house.tasks.start(register_client(request, self._house), f"REGISTER {request.source}")
        else:
            request.reply(405, headers=[("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REGISTER")])
