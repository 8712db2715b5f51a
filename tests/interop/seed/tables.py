"""The tables of the specification, read from `tables.txt`, and what their words say of a parameter."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One property or parameter, as printed, without the mark of a required one."""

    name: str
    required: bool
    words: str

    @property
    def most(self) -> int | None:
        """Characters that it may have."""
        found = re.search(r"up to (\d+) characters long", self.words)
        return int(found[1]) if found else None

    @property
    def values(self) -> set[str]:
        """All that it may be."""
        if "ither GET or POST" in self.words:
            return {"GET", "POST"}
        if "Either true or false" in self.words:
            return {"true", "false"}
        found = re.search(
            r"(?:[Pp]ossible values are|May be|Either) ([a-z-]+(?:, (?:or |and )?[a-z-]+| (?:or|and) [a-z-]+)*)\.",
            self.words,
        )
        if found:
            return set(re.split(r",? (?:or|and) |, ", found[1]))
        return {"0", "1"} if "possible values are 0 for disabled and 1 for enabled" in self.words else set()

    @property
    def default(self) -> str | None:
        """What it is when nobody says."""
        found = re.search(r"Defaults to (\w+)|[Dd]efault is (\w+)", self.words)
        return next(group for group in found.groups() if group) if found else None


def tables() -> dict[str, list[Row]]:
    """By number: ``4.1`` …"""
    found: dict[str, list[Row]] = {}
    for block in Path(__file__).with_name("tables.txt").read_text().strip().split("\n\n"):
        title, *lines = block.splitlines()
        found[title.split()[1].rstrip(".")] = [_row(line) for line in lines]
    return found


def _row(line: str) -> Row:
    name, words = (cell.strip() for cell in line.strip("|").split("|", 1))
    return Row(name.replace("(Required)", ""), "(Required)" in name, words)
