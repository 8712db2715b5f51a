"""Telephones and customers' servers for tests: what our own stories dial with, and what users' tests do.

``Phone`` is a real telephone on a real socket, ``CustomerServer`` a real web server; a test is their conversation.
"""

from ringback.testing.customer_server import Asked, CustomerServer
from ringback.testing.failure import NotAsExpected, WasRefused
from ringback.testing.phone import Phone
from ringback.testing.phone_call import PhoneCall
from ringback.testing.recognise import Hearing

__all__ = ["Asked", "CustomerServer", "Hearing", "NotAsExpected", "Phone", "PhoneCall", "WasRefused"]
