"""What the documentation says is so: links lead somewhere, settings exist, commands take the options shown."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from ringback.cli.banner import DOCUMENTED_TOKEN
from ringback.cli.main import app
from ringback.cli.reference import pages
from ringback.kernel.catalogue import settings_in_order
from ringback.kernel.config import load_settings
from tests.cli.test_banner import USUAL, shown
from tests.docs.pages import PAGES, ROOT, blocks, commands, name_of

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = [pytest.param(words, id=f"{page}: {' '.join(words)[:60]}") for page, words in commands()]


def test_there_are_pages() -> None:
    assert {"README.md", "docs/index.md", "docs/tour.md", "docs/reference/settings.md"} <= set(map(name_of, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [heading.lower().replace(" ", "-") for heading in headings], link


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {(ROOT / "docs" / link).resolve() for link in LINK.findall((ROOT / "docs/index.md").read_text())}
    for page in PAGES:
        if page.is_relative_to(ROOT / "docs") and page.name != "index.md":
            assert page in linked, name_of(page)


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_reference_is_made_from_the_code(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_no_text_of_the_reference_is_taken_for_html() -> None:
    for page in pages().values():
        assert not re.search(r"<[A-Za-z]", re.sub(r"`[^`]*`", "", page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_are_named_exist(page: Path) -> None:
    for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", page.read_text(encoding="utf-8")):
        places = (ROOT / "src" / "ringback" / path, ROOT / path)
        assert path == "data/" or any(place.exists() for place in places), path


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_toml_is_a_configuration(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        (tmp_path / "ringback.toml").write_text(block)
        load_settings(tmp_path / "ringback.toml", {}, {})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_that_are_named_exist(page: Path) -> None:
    groups = {name.partition(".")[0] for name in settings_in_order() if "." in name}
    for name in re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", page.read_text(encoding="utf-8")):
        if name.partition(".")[0] in groups and not name.endswith((".py", ".md")):
            assert name in settings_in_order()


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_can_be_typed(words: list[str]) -> None:
    given = {name: value for name, _, value in (word.partition("=") for word in words) if name.startswith("RINGBACK_")}
    load_settings(None, given, {})
    words = [word for word in words if not word.startswith("RINGBACK_")]
    match words:
        case [program, *rest] if program.endswith("ringback"):
            parse(rest)
        case ["make", target, *rest]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target
            for word in rest:
                name, _, value = word.partition("=")
                assert name in ("ARGS", "BENCH", "TESTS")
                if name == "ARGS":
                    parse(["serve", *shlex.split(value)])
        case ["curl", "-X", "POST", url, *form]:
            assert f":{DOCUMENTED_TOKEN}@127.0.0.1:8080/restcomm/2012-04-24/Accounts/AC" in url
            assert form[::2] == ["-d"] * (len(form) // 2)
        case _:
            pytest.fail("no test knows such a command")


def parse(words: list[str]) -> None:
    """Parses ``words`` as `ringback` does, and runs nothing; settings in them are checked too."""
    command: Any = typer.main.get_command(app)
    name, *rest = words
    found = command.get_command(command.make_context("ringback", [], resilient_parsing=True), name)
    assert found is not None, name
    context = found.make_context(name, rest)
    sets = context.params.get("sets") or ()
    load_settings(None, {}, dict(text.split("=", 1) for text in sets))


def test_the_readme_shows_the_lines_that_the_server_shows() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    programs = ("  .venv/bin/ringback ", "  curl ")
    lines = [line.strip() for line in shown(USUAL).splitlines() if line.startswith(programs)]
    assert len(lines) == 3
    for line in lines:
        assert f"```sh\n{line}\n```" in readme
