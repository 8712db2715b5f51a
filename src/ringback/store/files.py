"""Where everything lies in the data directory."""

from dataclasses import dataclass
from pathlib import Path

from ringback.kernel.errors import SettingError
from ringback.kernel.sid import is_sid, new_sid


@dataclass(frozen=True, slots=True)
class Files:
    """The layout of ``root``, which is the setting ``data_dir``."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite file, unless ``database_url`` names another database."""
        return self.root / "ringback.db"

    @property
    def spool(self) -> Path:
        """Records that wait for the database; beside it, those that it refused."""
        return self.root / "records.spool"

    @property
    def lock(self) -> Path:
        """Held by the server that uses this directory."""
        return self.root / "ringback.lock"

    @property
    def instance(self) -> Path:
        """Holds the SID of this server."""
        return self.root / "instance"

    @property
    def journal(self) -> Path:
        """Segments of call journals."""
        return self.root / "journal"

    @property
    def sounds(self) -> Path:
        """Fetched sounds: a cache, may be deleted while the server is stopped."""
        return self.root / "sounds"

    @property
    def spoken(self) -> Path:
        """Synthesised speech: a cache as well."""
        return self.root / "spoken"

    @property
    def recordings(self) -> Path:
        """Recordings of calls, by SID."""
        return self.root / "recordings"

    def recording(self, sid: str) -> Path:
        return self.recordings / f"{sid}.wav"

    def make(self) -> None:
        """Makes every folder. Raises `SettingError` when that cannot be, or nothing can be written."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.journal, self.sounds, self.spoken, self.recordings):
                folder.mkdir(exist_ok=True)
            probe = self.root / ".probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise SettingError(
                f"data_dir = {str(self.root)!r}: it cannot be written ({error.strerror}); "
                "give its owner the right to write, or set data_dir (RINGBACK_DATA_DIR)"
            ) from error

    def instance_sid(self) -> str:
        """The SID of this server, made at its first start."""
        try:
            known = self.instance.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            known = ""
        if not is_sid(known, "ID"):
            known = new_sid("ID")
            self.instance.write_text(known + "\n", encoding="ascii")
        return known
