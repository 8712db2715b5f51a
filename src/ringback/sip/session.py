"""Calls as their users see them: one object a call, for the side that was called and for the side that calls."""

from ringback.sip.call import CallEnded, CallRefused, Ending, HeaderList, SipCall
from ringback.sip.client_call import ClientCall
from ringback.sip.server_call import ServerCall
from ringback.sip.transaction import Trace

__all__ = ["CallEnded", "CallRefused", "ClientCall", "Ending", "HeaderList", "ServerCall", "SipCall", "Trace"]
