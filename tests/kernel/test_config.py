"""Settings: file < environment < option; every fault told at once, with its name, its value and what would be right."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringback.kernel.catalogue import settings_in_order
from ringback.kernel.config import load_settings
from ringback.kernel.errors import SettingError
from ringback.kernel.settings import Settings


def load(file: Path | None = None, /, environment: dict[str, str] | None = None, **options: Any) -> Settings:
    return load_settings(file, environment or {}, {name.replace("__", "."): value for name, value in options.items()})


@pytest.fixture
def toml(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "ringback.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(file: Path | None = None, /, environment: dict[str, str] | None = None, **options: Any) -> list[str]:
    with pytest.raises(SettingError) as caught:
        load(file, environment, **options)
    return str(caught.value).splitlines()


# --- where values come from


def test_nothing_given_is_the_defaults() -> None:
    assert load() == Settings()


def test_each_source_overrides_the_one_before(toml: Any) -> None:
    file = toml("[http]\nport = 1\nmax_body = 11\nhost = '127.0.0.2'\n")
    settings = load(file, {"RINGBACK_HTTP_PORT": "2", "RINGBACK_HTTP_MAX_BODY": "12"}, http__port=3)
    assert (settings.http.port, settings.http.max_body, settings.http.host) == (3, 12, "127.0.0.2")


def test_the_environment_may_name_the_file(toml: Any) -> None:
    assert load(None, {"RINGBACK_CONFIG": str(toml("country = 'DE'"))}).country == "DE"


def test_the_option_names_the_file_before_the_environment(toml: Any) -> None:
    assert load(toml("country = 'DE'"), {"RINGBACK_CONFIG": "/nowhere"}).country == "DE"


def test_other_and_empty_variables_do_not_matter() -> None:
    assert load(None, {"PATH": "/bin", "RINGBACK_HTTP_PORT": "", "RINGBACK_CONFIG": ""}) == Settings()


def test_a_list_is_a_list_in_toml_and_has_commas_elsewhere(toml: Any) -> None:
    expected = ["10.0.0.0/8", "build.example"]
    assert load(toml("[fetch]\nprivate = ['10.0.0.0/8', 'build.example']")).fetch.private == expected
    assert load(None, {"RINGBACK_FETCH_PRIVATE": "10.0.0.0/8, build.example,"}).fetch.private == expected
    assert load(fetch__private="10.0.0.0/8,build.example").fetch.private == expected


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("no", False), ("off", False)])
def test_yes_and_no_have_their_usual_words(text: str, value: bool) -> None:
    assert load(None, {"RINGBACK_DEMO": text}).demo is value


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert load(data_dir="~/calls").data_dir == Path("/home/someone/calls")


# --- what is refused


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("http.port", "eighty", "a whole number from 0 to 65535"),
        ("http.port", "65536", "a whole number from 0 to 65535"),
        ("http.port", "8080.5", "a whole number from 0 to 65535"),
        ("http.host", "somewhere", "an IP address of this machine, or localhost"),
        ("sip.external_ip", "my.example", "an IP address, or nothing"),
        ("sip.authenticate", "maybe", "true or false"),
        ("sip.anonymous_to_clients", "maybe", "true or false, or unset"),
        ("sip.realm", "", "text that is not empty"),
        ("sip.max_message", "1000", "a whole number above 1000"),
        ("fetch.timeout", "0", "a number above 0"),
        ("fetch.timeout", "inf", "a number above 0"),
        ("fetch.private", "10.0.0.0/99", "host names, addresses or networks, with commas between them"),
        ("log.level", "loud", "one of debug, info, warning, error"),
        ("country", "usa", "two capital letters (ISO 3166)"),
        ("data_dir", "", "a folder"),
        ("journal.max_bytes", "7", "a whole number of at least 1000000"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_would(name: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings(None, {}, {name: value})
    assert str(caught.value) == f"{name} = {value!r} (option): must be {allowed}"


def test_a_fault_says_where_the_value_came_from(toml: Any) -> None:
    assert faults(None, {"RINGBACK_HTTP_PORT": "x"}) == [
        "http.port = 'x' (RINGBACK_HTTP_PORT): must be a whole number from 0 to 65535"
    ]
    file = toml("http.port = 'x'")
    assert faults(file) == [f"http.port = 'x' ({file}): must be a whole number from 0 to 65535"]


def test_a_name_that_does_not_exist_is_refused_with_the_nearest_that_does(toml: Any) -> None:
    assert faults(http__prot=1) == ["http.prot = 1 (option): there is no such setting; perhaps http.port?"]
    assert faults(None, {"RINGBACK_HTTP_PROT": "1"}) == [
        "RINGBACK_HTTP_PROT = '1' (RINGBACK_HTTP_PROT): there is no such setting; perhaps RINGBACK_HTTP_PORT?"
    ]
    assert faults(zzz=1) == ["zzz = 1 (option): there is no such setting"]
    file = toml("[nothing]\n")
    assert faults(file) == [f"nothing = {{}} ({file}): there is no such setting"]


def test_a_group_is_no_setting(toml: Any) -> None:
    assert faults(http="x") == ["http = 'x' (option): http is a group of settings: http.host, http.port, http.max_body"]
    assert load(toml("[http]\n")) == Settings()


def test_tomls_true_is_no_number_and_no_text(toml: Any) -> None:
    assert len(faults(toml("country = true\ndata_dir = true\n[http]\nport = true\nhost = false\n"))) == 4


def test_all_faults_are_told_at_once(toml: Any) -> None:
    told = faults(toml("[http]\nport = -1"), {"RINGBACK_NO": "1", "RINGBACK_SIP_PORT": "x"}, log__level="loud", a__b=1)
    assert len(told) == 5


def test_what_was_overridden_is_not_looked_at(toml: Any) -> None:
    assert load(toml("[http]\nport = 'x'"), {"RINGBACK_HTTP_PORT": "y"}, http__port=80).http.port == 80


def test_settings_that_contradict_each_other() -> None:
    assert faults(sip__min_expires=60, sip__max_expires=50) == ["sip.min_expires = 60 is above sip.max_expires = 50"]
    assert faults(media__first_port=65_500, media__ports=64) == [
        "media.first_port = 65500 with media.ports = 64 ends at port 65627: there is none above 65535; "
        "first_port may be 65408 at most"
    ]
    assert faults(media__first_port=20_001) == [
        "media.first_port = 20001 is odd, and RTP ports are even (RFC 3550 §11): 20000 would be right"
    ]
    assert load(media__first_port=65_408).media.first_port == 65_408


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert faults(path) == [f"the configuration file {path} cannot be read: No such file or directory"]
    assert faults(tmp_path) == [f"the configuration file {tmp_path} cannot be read: Is a directory"]


def test_a_file_that_is_not_toml(toml: Any, tmp_path: Path) -> None:
    (told,) = faults(toml("[http\nport = 1"))
    assert "ringback.toml is not TOML: " in told
    assert "line 1" in told
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    (told,) = faults(binary)
    assert "is not TOML" in told


def test_a_home_that_nobody_has_is_refused() -> None:
    with pytest.raises(SettingError, match="data_dir = '~nobody-at-all/data'"):
        load_settings(None, {}, {"data_dir": "~nobody-at-all/data"})


@example({"data_dir": "~0"})
@given(st.dictionaries(st.sampled_from(sorted(settings_in_order())) | st.text(max_size=8), st.text(max_size=12)))
def test_whatever_is_given_loads_or_is_refused_in_words(options: dict[str, str]) -> None:
    refusal, settings = "", None
    try:
        settings = load_settings(None, {}, options)
    except SettingError as refused:
        refusal = str(refused)
    assert bool(refusal) is (settings is None)
    if settings is not None:
        assert set(options) <= set(settings_in_order())
        assert Settings.model_validate(settings.model_dump()) == settings
