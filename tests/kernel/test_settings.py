"""The tables of settings: what is allowed, and what the defaults are."""

import pytest
from pydantic import ValidationError

from ringback.kernel.settings import Fetch, Http, Media, Settings, Sip, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_is_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "10.0.0.1", "", "example.com", "127.0.0.1.example"])
def test_everything_else_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_the_defaults_are_valid_and_bound_to_this_machine() -> None:
    assert Settings.model_validate(Settings().model_dump()) == Settings()
    assert Settings().only_loopback


@pytest.mark.parametrize(
    "settings",
    [
        Settings(http=Http(host="0.0.0.0")),
        Settings(sip=Sip(host="192.168.1.1")),
        Settings(media=Media(host="::")),
    ],
)
def test_one_open_door_is_enough_not_to_be_alone(settings: Settings) -> None:
    assert not settings.only_loopback


def test_media_follows_sip_when_it_has_no_host_of_its_own() -> None:
    assert Settings(media=Media(host="127.0.0.1")).only_loopback
    assert Settings(media=Media(host="")).only_loopback


@pytest.mark.parametrize(
    ("given", "kept"), [("localhost", "127.0.0.1"), ("[::1]", "::1"), (" 127.0.0.1 ", "127.0.0.1"), ("::", "::")]
)
def test_an_address_is_kept_in_its_plain_form(given: str, kept: str) -> None:
    assert Http(host=given).host == kept


@pytest.mark.parametrize("host", ["", "example.com", "127.0.0.1:8080", "300.1.1.1", "1234"])
def test_a_host_to_listen_on_is_an_address(host: str) -> None:
    with pytest.raises(ValidationError):
        Http(host=host)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Build.Example", "build.example"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("192.168.1.7", "192.168.1.7/32"),
        ("fd00::/8", "fd00::/8"),
        ("[::1]", "::1/128"),
        ("build_1", "build_1"),
    ],
)
def test_private_targets_are_names_or_networks(given: str, kept: str) -> None:
    assert Fetch(private=[given]).private == [kept]


@pytest.mark.parametrize("given", ["", "10.0.0.0/99", "http://build", "-x", "a b", "1.2.3"])
def test_private_targets_are_nothing_else(given: str) -> None:
    with pytest.raises(ValidationError):
        Fetch(private=[given])


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().http.port = 1  # type: ignore[misc]
