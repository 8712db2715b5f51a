"""What verbs need beyond the call: made once for the whole house."""

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.settings import Settings
from ringback.rcml.sounds import Playable
from ringback.speech.speaker import Speaker
from ringback.web.fetcher import Fetcher
from ringback.web.sounds import SoundCache


class Services:
    """The partners outside, and the settings."""

    def __init__(
        self,
        fetcher: Fetcher,
        sounds: SoundCache,
        speaker: Speaker,
        settings: Settings,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.fetcher = fetcher
        self.sounds = sounds
        self.speaker = speaker
        decoded = settings.data_dir / "decoded"
        self.playable = Playable(decoded, settings.fetch.cache_bytes, clock or SystemClock())

    async def close(self) -> None:
        """Gives up what is still being decoded; the parts it was given are others' to close."""
        await self.playable.close()
