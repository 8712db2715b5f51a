"""Languages: the union of what the older engines took (facts §6.1), and BCP 47."""

import pytest

from ringback.speech.language import spoken_as

#: what espeak-ng 1.51 lists
ESPEAK = (
    "af am an ar as az ba be bg bn bpy bs ca chr-us-qaaa-x-west cmn cmn-latn-pinyin cs cv cy da de el en-029 en-gb "
    "en-gb-scotland en-gb-x-rp en-us en-us-nyc eo es es-419 et eu fa fa-latn fi fr-be fr-ch fr-fr ga gd gn grc gu hak "
    "haw he hi hr ht hu hy hyw ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt my "
    "nb nci ne nl nog om or pa pap pl pt pt-br py qu ro ru sk sl sq sr sv sw ta te th tr tt uk ur uz vi yue"
)
KNOWN = set(ESPEAK.split())


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        # VoiceRSS
        ("ca", "ca"), ("zh-cn", "cmn"), ("zh-hk", "yue"), ("zh-tw", "cmn"), ("da", "da"), ("nl", "nl"),
        ("en-au", "en-gb"), ("en-ca", "en-us"), ("en-gb", "en-gb"), ("en-in", "en-gb"), ("en", "en-us"), ("fi", "fi"),
        ("fr-ca", "fr-fr"), ("fr", "fr-fr"), ("de", "de"), ("it", "it"), ("ja", "ja"), ("ko", "ko"), ("nb", "nb"),
        ("pl", "pl"), ("pt-br", "pt-br"), ("pt", "pt"), ("ru", "ru"), ("es-mx", "es-419"), ("es", "es"), ("sv", "sv"),
        # Acapela
        ("bf", "fr-be"), ("bp", "pt-br"), ("cf", "fr-fr"), ("cs", "cs"), ("dan", "da"), ("el", "el"), ("no", "nb"),
        ("ar", "ar"), ("tr", "tr"),
        # Polly and AT&T
        ("tr-tr", "tr"), ("ro", "ro"), ("is", "is"), ("cy-gb", "cy"), ("en-uk", "en-gb"), ("de-de", "de"),
        ("it-it", "it"),
        # BCP 47, in any case
        ("pt-PT", "pt"), ("PT-BR", "pt-br"), ("en_US", "en-us"), ("fr-CH", "fr-ch"), ("fr-LU", "fr-fr"),
        ("es-ES", "es"), ("zh-Hans-CN", "cmn"), ("cmn-Hans-CN", "cmn"), ("de-AT-1996", "de"), ("en-NZ", "en-us"),
        # nonsense speaks English
        ("xx", "en-us"), ("", "en-us"), ("-", "en-us"), ("klingon", "en-us"), ("../../etc", "en-us"),
    ],
)  # fmt: skip
def test_languages(code: str, spoken: str) -> None:
    assert spoken_as(code, KNOWN) == spoken


def test_an_engine_that_knows_little() -> None:
    assert spoken_as("de", {"en"}) == "en"
    assert spoken_as("de", set()) == "en"
