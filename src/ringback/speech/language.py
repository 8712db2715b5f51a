"""Languages of <Say>: the codes of the older systems, and BCP 47, as one that an engine has (facts: RCML §6.1)."""

from collections.abc import Collection

#: codes that say something else than they mean in BCP 47, or that are spoken under another name
_MEANT = {
    "bf": "fr-be",
    "bp": "pt-br",
    "cf": "fr-fr",
    "dan": "da",
    "no": "nb",
    "en-uk": "en-gb",
    "cy-gb": "cy",
    "zh": "cmn",
    "zh-cn": "cmn",
    "zh-tw": "cmn",
    "zh-hk": "yue",
    "fr": "fr-fr",
    "fr-ca": "fr-fr",
    "en": "en-us",
    "en-ca": "en-us",
    "en-au": "en-gb",
    "en-in": "en-gb",
    "es-mx": "es-419",
    "es-us": "es-419",
    "iw": "he",
    "in": "id",
    "arb": "ar",
    "cmn-hans-cn": "cmn",
    "yue-hant-hk": "yue",
}


def spoken_as(language: str, known: Collection[str]) -> str:
    """The code among ``known`` (lower case) that ``language`` (any case) is spoken as; English at last."""
    wanted = language.strip().lower().replace("_", "-")
    while wanted:
        for code in (_MEANT.get(wanted, wanted), wanted):
            if code in known:
                return code
            near = [other for other in known if other.split("-")[0] == code]
            if near:
                return min(near)
        wanted = wanted.rpartition("-")[0]
    return next((code for code in ("en-us", "en") if code in known), "en")
