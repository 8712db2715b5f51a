"""An answer against a sample: names, their order, and values, but not the SIDs of what was made, nor dates."""

import re
from typing import Any

_SID = re.compile(r"\b(?!AC)([A-Z]{2})[0-9a-f]{32}\b")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
#: paging that was decided otherwise: true totals, pages counted upward, a last page with items, links with filters
PAGING = {"numpages", "total", "end", "firstpageuri", "lastpageuri"}


def differences(sample: Any, answer: Any, decided: dict[str, str] | None = None) -> list[str]:
    """What is not as printed. Lists of XML attributes in `PAGING` must be as ``decided`` where that says something."""
    if isinstance(sample, dict):
        return _of_objects(sample, answer, "")
    return _of_elements(sample, answer, sample.tag, decided or {})


def _of_objects(sample: dict[str, Any], answer: dict[str, Any], place: str) -> list[str]:
    found = []
    if list(answer)[: len(sample)] != list(sample):
        found.append(f"{place}: {list(answer)} should begin with {list(sample)}")
    for name, value in sample.items():
        given = answer.get(name)
        if isinstance(value, dict) and isinstance(given, dict):
            found += _of_objects(value, given, f"{place}.{name}")
        elif _same(value) != _same(given):
            found.append(f"{place}.{name}: {given!r} should be like {value!r}")
    return found


def _of_elements(sample: Any, answer: Any, place: str, decided: dict[str, str]) -> list[str]:
    found = []
    if list(answer.attrib) != list(sample.attrib):
        found.append(f"{place}: attributes {list(answer.attrib)} should be {list(sample.attrib)}")
    for name, value in sample.attrib.items():
        wanted = decided.get(name, value) if name in PAGING else value
        if _same(wanted) != _same(answer.get(name)):
            found.append(f"{place}/@{name}: {answer.get(name)!r} should be like {wanted!r}")
    names, given = [child.tag for child in sample], [child.tag for child in answer]
    if given[: len(names)] != names:
        found.append(f"{place}: {given} should begin with {names}")
    if not names and _same(sample.text) != _same(answer.text):
        found.append(f"{place}: {answer.text!r} should be like {sample.text!r}")
    for one, other in zip(sample, answer, strict=False):
        found += _of_elements(one, other, f"{place}/{one.tag}", decided)
    return found


def _same(value: Any) -> Any:
    return _DATE.sub("(date)", _SID.sub(r"\1(sid)", value)) if isinstance(value, str) else value
