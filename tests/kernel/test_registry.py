"""A feature is a file that adds itself; removing it is `rm`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringback.kernel.registry import classes_in, instances_in, modules_of


class Verb:
    pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "verbs_of_test"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "verbs_of_test"]:
        del sys.modules[name]


FROM_HERE = f"from {__name__} import Verb\n"


def test_modules_come_in_the_order_of_their_names(folder: Path) -> None:
    for name in ("pause", "gather", "say"):
        (folder / f"{name}.py").touch()
    assert [module.__name__ for module in modules_of("verbs_of_test")] == [
        "verbs_of_test.gather",
        "verbs_of_test.pause",
        "verbs_of_test.say",
    ]


def test_a_class_is_found_where_it_is_defined_and_only_there(folder: Path) -> None:
    (folder / "say.py").write_text(FROM_HERE + "class Say(Verb): pass\nclass Other: pass\n")
    (folder / "tell.py").write_text("from verbs_of_test.say import Say\nclass Tell(Say): pass\n")
    assert [kind.__name__ for kind in classes_in("verbs_of_test", Verb)] == ["Say", "Tell"]


def test_an_object_is_found_once_under_a_public_name(folder: Path) -> None:
    (folder / "a.py").write_text(FROM_HERE + "one = Verb()\nalias = one\n_hidden = Verb()\nname = 'x'\n")
    (folder / "b.py").write_text("from verbs_of_test.a import one\n")
    (folder / "c.py").write_text(FROM_HERE + "two = Verb()\n")
    found = list(instances_in("verbs_of_test", Verb))
    assert [type(verb) for verb in found] == [Verb, Verb]
    assert found[0] is sys.modules["verbs_of_test.a"].one
    assert found[1] is sys.modules["verbs_of_test.c"].two


def test_removing_the_file_removes_the_feature(folder: Path) -> None:
    (folder / "say.py").write_text(FROM_HERE + "class Say(Verb): pass\n")
    (folder / "say.py").unlink()
    assert list(classes_in("verbs_of_test", Verb)) == []


def test_a_feature_that_cannot_be_imported_is_no_secret(folder: Path) -> None:
    (folder / "broken.py").write_text("import no_such_module_anywhere\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        list(modules_of("verbs_of_test"))
