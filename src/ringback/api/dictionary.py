"""The dictionary of errors: what each code means and what to do, as pages at ``/restcomm/errors/<code>.html``."""

from typing import Any, Final

from ringback.api.answer import Answer, Send
from ringback.api.form import Receive
from ringback.api.negotiation import wants_json
from ringback.api.problem import MethodNotAllowed, problem
from ringback.api.representation import escape
from ringback.kernel.errors import NotFound, Refusal

_MOST_DIGITS: Final = 9
#: code → (what it is, what to do)
ENTRIES: Final[dict[int, tuple[str, str]]] = {
    11001: ("An outgoing call or message is not allowed", "Ask the operator of this server what the account may do."),
    11002: ("A dialled number belongs to nobody", "Bind it with IncomingPhoneNumbers, or correct the number."),
    11004: ("Nothing is set up that leads outside", "The operator must set up an outbound proxy, gateway or carrier."),
    11005: (
        "A destination is unknown",
        "Bind the number to an application, create the client, or activate its account.",
    ),
    11007: ("A number has no application", "Give the number a VoiceUrl or a VoiceApplicationSid."),
    11008: ("A client is not registered or does not exist", "Create the client, and let its phone register."),
    11100: (
        "A URL or a document is wrong",
        "Correct it; the Notification names the URL, and line and column if known.",
    ),
    11101: ("A callback attribute is empty", "Give it a URL, or leave the attribute out."),
    11205: (
        "A server could not be reached, or was too slow",
        "See that it runs, is reachable from here, and answers in time.",
    ),
    11206: ("A server did not speak HTTP properly", "Look at what it answered, in the Notification."),
    11215: ("Too many redirects", "Let the URL lead to the document in fewer steps."),
    12003: ("A number that got a message has no SmsUrl", "Give the number an SmsUrl or an SmsApplicationSid."),
    12100: ("A document is not well-formed XML", "Correct it at the line and column of the Notification."),
    12101: ("A document has no Response as its root", "Begin it with <Response>."),
    12200: ("A document has an unknown verb or attribute", "Correct it at the line and column of the Notification."),
    12300: ("A document has another content type", "Answer with application/xml, text/xml, text/html, or audio."),
    12400: ("A sound of this server is missing", "Tell the operator; the installation is not complete."),
    13210: ("Dial: the method is neither GET nor POST", "POST was used. Correct the attribute."),
    13212: ("Dial: the timeout is not a number of seconds", "30 was used. Correct the attribute."),
    13214: ("Dial: the callerId is not a number", "Correct the attribute."),
    13216: ("Dial: the timeLimit is not a number of seconds", "14400 was used. Correct the attribute."),
    13233: ("A sound or a waitUrl could not be had", "See that the URL is right and answers with audio."),
    13234: ("Conference: the waitMethod is neither GET nor POST", "POST was used. Correct the attribute."),
    13310: ("Gather: the finishOnKey is not a key", "# was used. Correct the attribute."),
    13313: ("Gather: the timeout is not a number of seconds", "The default was used. Correct the attribute."),
    13314: ("Gather: numDigits is not a number", "No limit was used. Correct the attribute."),
    13315: ("Gather: the startInputKey is not a key", "The default was used. Correct the attribute."),
    13321: ("Say in Gather: there is no such voice", "The voice 'man' was used. Correct the attribute."),
    13322: ("Say or Play in Gather: the loop is not a number", "1 was used. Correct the attribute."),
    13325: ("Play in Gather: the URL is wrong", "Correct the URL."),
    13410: ("Play: the loop is not a number", "1 was used. Correct the attribute."),
    13510: ("Say: the loop is not a number", "1 was used. Correct the attribute."),
    13511: ("Say: there is no such voice", "The voice 'man' was used. Correct the attribute."),
    13512: ("Say: nobody here speaks this language", "Choose another language, or let the operator install a voice."),
    13610: ("Record: the method is neither GET nor POST", "POST was used. Correct the attribute."),
    13612: ("Record: maxLength, timeout or media is wrong", "The default was used. Correct the attribute."),
    13613: ("Record: the finishOnKey is not a key", "The default was used. Correct the attribute."),
    13710: ("Redirect: the method is neither GET nor POST", "POST was used. Correct the attribute."),
    13910: ("Pause: the length is not a number of seconds", "1 was used. Correct the attribute."),
    14101: ("Sms: the 'to' is not a phone number", "Correct the attribute."),
    14102: ("Sms: the 'from' is not a phone number", "Correct the attribute."),
    14103: ("Sms: there is no text", "Write the text of the message between the tags."),
    14104: ("A callback's method is neither GET nor POST", "POST was used. Correct the attribute."),
    14105: ("Sms: the statusCallback is not a URL", "Correct the attribute."),
    14110: ("A verb is not possible here, or the outbound proxy was switched", "Read the text of the Notification."),
    15001: ("Video: there is no such mode", "The default was used. Correct the attribute."),
    15002: ("Video: there is no such resolution", "The default was used. Correct the attribute."),
    15003: ("Video: there is no such layout", "The default was used. Correct the attribute."),
    20001: ("A parameter is wrong", "The message names each fault; correct them and ask again."),
    20003: (
        "Not authenticated, or not permitted",
        "Send HTTP Basic: an account's SID or e-mail address, and its AuthToken. Let an account with the right role "
        "do it, or one above.",
    ),
    20004: ("A method is not possible on this path", "The Allow header names those that are."),
    20005: ("An account is not active", "Activate the account, or let another one do it."),
    20006: ("A page does not exist", "Follow the links of the list, from its first page."),
    20009: ("It is under way", "What is not over yet cannot be deleted: end it first, or wait."),
    20404: (
        "There is nothing here",
        "Look at the path and the SID; it may have been deleted, or be another account's.",
    ),
    20409: ("A conflict with what is there", "The message says with what."),
    20410: ("It is over", "What has ended cannot be changed any more."),
    20413: ("A body is too large", "Send less; the operator may raise http.max_body."),
    20415: ("A body has another content type", "Send application/x-www-form-urlencoded."),
    20429: ("Too many wrong tokens, or too many requests", "Wait as long as the Retry-After header says."),
    20501: ("Not built yet", "The message says what to do instead; a newer version may have it."),
    20500: ("A defect of this server", "Tell the operator the time; the log has the rest."),
    20503: ("Not now", "The server is shutting down, overloaded, or a part of it is not set up. Ask again later."),
    21200: ("A parameter is wrong", "The message names each fault; correct them and ask again."),
    21201: ("There is no To", "Say whom to call: client:login, sip:user@host, or a number."),
    21205: ("The Url is missing or wrong", "Give the full URL of the document, of http or https."),
    21211: ("The To is not an address", "Write client:login, sip:user@host, or a number."),
    21213: ("There is no From", "Say which number the called side shall see."),
    21218: (
        "An application is not there, or a change contradicts itself",
        "Give the SID of an application of this account; either Url or Status.",
    ),
    21219: ("A status cannot be asked for", "Ask for canceled or completed."),
    21220: ("The call is over", "Only live calls can be changed."),
    21401: ("This is not a phone number", "Write it as E.164: + and digits."),
    21402: ("A document's URL was not found", "See that the URL is right; its server answered 404."),
    21421: ("The phone number is missing or wrong", "Write it as E.164: + and digits."),
    21422: ("The phone number is in use", "Choose another; this one is another account's."),
    21452: ("There is no such number to be had", "Search AvailablePhoneNumbers for one that is."),
    21602: ("There is no text", "Give the Body of the message."),
    21603: ("There is no From", "Give the number that the message comes from."),
    21604: ("There is no To", "Give the number that the message goes to."),
    30001: ("The queue of messages is full", "Send more slowly."),
    30002: ("The account is suspended", "Activate the account."),
    30003: ("The phone is not reachable", "Try again later."),
    30004: ("The message was blocked", "Ask the carrier why."),
    30005: ("The phone is unknown", "Look at the number."),
    30006: ("A landline, or a carrier that is not reachable", "Look at the number."),
    30007: ("The carrier does not take the message", "Ask the carrier why."),
    30008: ("The message was not sent, for another reason", "Read the text of the Notification."),
    30009: ("A part of the message is missing", "Send it again."),
    30010: ("The message costs more than allowed", "Raise the limit, or send a shorter one."),
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{max-width:42em;margin:3em auto;padding:0 1em;font:1rem/1.5 system-ui,sans-serif}}</style>
<h1>{title}</h1>
{body}
</html>
"""


def page_of(code: int) -> str | None:
    """The page about ``code``; None when it is in no dictionary."""
    if code not in ENTRIES:
        return None
    meaning, advice = ENTRIES[code]
    body = f'<p>{escape(meaning)}.</p>\n<h2>What to do</h2>\n<p>{escape(advice)}</p>\n<p><a href=".">All errors</a></p>'
    return _PAGE.format(title=f"Error {code}", body=body)


def index() -> str:
    lines = (
        f'<li><a href="{code}.html">{code}</a> {escape(meaning)}</li>' for code, (meaning, _) in sorted(ENTRIES.items())
    )
    return _PAGE.format(title="Errors", body="<ul>\n" + "\n".join(lines) + "\n</ul>")


class Dictionary:
    """The ASGI application of the pages, for anyone."""

    async def __call__(self, scope: Any, _receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
        try:
            answer = _answer(name, scope["method"])
        except Refusal as refusal:
            answer = problem(refusal, wants_json(name, None, dict(scope["headers"])))
        await answer.send(send)


def _answer(name: str, method: str) -> Answer:
    code = name.removesuffix(".html")
    is_code = code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS
    page = index() if name in ("", "index.html") else page_of(int(code)) if is_code else None
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowed(method, ("GET", "HEAD"))
    if page is None:
        raise NotFound(f"There is no error {code} in the dictionary.")
    return Answer(200, page.encode(), b"text/html; charset=utf-8")
