"""A UAS of sippy's parts, run by the Python that has them:  python sippy_uas.py PORT"""

import sys

from sippy.CCEvents import CCEventConnect, CCEventRing, CCEventTry
from sippy.Core.EventDispatcher import ED2
from sippy.MsgBody import MsgBody
from sippy.SipConf import SipConf
from sippy.SipContact import SipContact
from sippy.SipTransactionManager import SipTransactionManager
from sippy.UA import UA

ANSWER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
)


class Silent:
    """Its own logger writes each message to a file or to syslog; this one costs nothing."""

    def write(self, *args, **more):
        pass


def heard(event, ua):
    if isinstance(event, CCEventTry):
        ua.recvEvent(CCEventRing((180, "Ringing", None)))
        ua.recvEvent(CCEventConnect((200, "OK", MsgBody(ANSWER))))


def asked(request, transaction):
    if request.getHFBody("to").getTag() is not None:
        return request.genResponse(481, "Call Leg/Transaction Does Not Exist"), None, None
    if request.getMethod() == "INVITE":
        ua = UA(settings, heard)
        ua.lContact = SipContact()
        ua.lContact.address.name = None  # SIPp would take a name without quotes for part of the URI
        return ua.recvRequest(request, transaction)
    return request.genResponse(501, "Not Implemented"), None, None


SipConf.my_uaname = "sippy"
settings = {
    "nh_addr": ("127.0.0.1", 5060),
    "_sip_address": "127.0.0.1",
    "_sip_port": int(sys.argv[1]),
    "_sip_logger": Silent(),
}
settings["_sip_tm"] = SipTransactionManager(settings, asked)
print("ready", flush=True)
ED2.loop()
