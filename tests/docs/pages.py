"""The documentation's pages and what stands in their code blocks."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[str]:
    """The code blocks of ``language`` (empty: without one)."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match[2] == language:
            yield dedent(match[3])


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every line of every shell block, as words, with its page."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                if words := shlex.split(line, comments=True):
                    yield name_of(page), words
