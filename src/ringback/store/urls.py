"""The URLs with their methods that clients, numbers and applications have alike; a record adds what is its own."""

import msgspec


class StatusUrls(msgspec.Struct, kw_only=True):
    """Who is told what became of a call."""

    status_callback: str | None = None
    status_callback_method: str = "POST"


class VoiceUrls(StatusUrls, kw_only=True):
    """How the document of a call is asked for, and which takes its place when that fails."""

    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"


class TextUrls(VoiceUrls, kw_only=True):
    """The same for text messages."""

    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
