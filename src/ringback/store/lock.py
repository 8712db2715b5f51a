"""The lock of a data directory: one server at a time."""

import fcntl
import os
from pathlib import Path

from ringback.kernel.errors import SettingError


class Lock:
    """Held from `Lock` to `release`, or until the process ends in whatever way."""

    def __init__(self, path: Path) -> None:
        """Raises `SettingError` when another process holds it."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise SettingError(
                f"data_dir = {str(path.parent)!r}: another server uses it (process {holder}); "
                "stop that one, or set another data_dir (RINGBACK_DATA_DIR)"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._file)
