"""The catalogue explains every setting there is."""

from ringback.kernel.catalogue import settings_in_order
from ringback.kernel.config import load_settings
from ringback.kernel.settings import Settings


def test_every_setting_is_there_once_in_the_order_of_the_tables() -> None:
    names = list(settings_in_order())
    assert names[:3] == ["http.host", "http.port", "http.max_body"]
    assert names[-1] == "strong_passwords"
    dumped = Settings().model_dump()
    leaves = [
        f"{group}.{leaf}" if isinstance(value, dict) else group
        for group, value in dumped.items()
        for leaf in (value if isinstance(value, dict) else [""])
    ]
    assert names == leaves


def test_every_setting_is_explained_and_its_default_is_its_default() -> None:
    for name, setting in settings_in_order().items():
        assert setting.description, name
        assert setting.allowed, name
        value: object = Settings()
        for part in name.split("."):
            value = getattr(value, part)
        assert value == setting.default, name


def test_no_two_settings_share_a_variable() -> None:
    variables = [setting.variable for setting in settings_in_order().values()]
    assert len(set(variables)) == len(variables)
    assert "RINGBACK_CONFIG" not in variables
    assert settings_in_order()["http.port"].variable == "RINGBACK_HTTP_PORT"


def test_every_default_can_be_given_as_text() -> None:
    given = {
        setting.variable: str(setting.default)
        for setting in settings_in_order().values()
        if setting.default not in (None, "", [])
    }
    assert load_settings(None, given, {}) == Settings()
