"""One reference, one person: nothing takes a collection of references, nothing is named for a search."""

from __future__ import annotations

import builtins
import collections.abc
import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import moiety
from moiety import Consent, Credential, Decision, Issuer, Policy, TrustBundle
from moiety.credential.check import Checked
from moiety.credential.contents import Contents, SealedTemplate
from moiety.document.reference import Accepted, Presented, Reference
from moiety.errors import MoietyError
from moiety.face.template import FaceTemplate
from moiety.finger.template import FingerTemplate

SOURCE = Path(moiety.__file__).parent

REFERENCES: tuple[Any, ...] = (
    Credential, Checked, Contents, SealedTemplate, FaceTemplate, FingerTemplate,
    Presented, Accepted, Reference,
)  # fmt: skip
"""What can stand for an enrolled person."""

COLLECTIONS = (
    collections.abc.Iterable,
    collections.abc.Iterator,
    collections.abc.Collection,
    collections.abc.Sequence,
    collections.abc.Mapping,
    collections.abc.Set,
    list,
    tuple,
    set,
    frozenset,
    dict,
)


def collects_references(hint: Any, inside: bool = False) -> bool:
    """Whether a type holds several references: a reference somewhere within a collection."""
    if hint in REFERENCES:
        return inside
    origin = typing.get_origin(hint)
    deeper = inside or origin in COLLECTIONS or hint in COLLECTIONS
    return any(
        collects_references(part, deeper) for part in typing.get_args(hint) if not isinstance(part, list)
    )


def test_the_check_itself_finds_what_it_must() -> None:
    for bad in (
        list[Credential],
        dict[str, FaceTemplate],
        tuple[Contents, ...],
        list[str] | tuple[Credential, ...],
    ):
        assert collects_references(bad)
    assert collects_references(collections.abc.Iterable[tuple[str, FaceTemplate]])
    for good in (Credential, Credential | None, list[bytes], tuple[str, ...], dict[str, int]):
        assert not collects_references(good)


def test_the_public_names_are_the_ones_of_the_design() -> None:
    nouns = {"Consent", "Credential", "Decision", "Issuer", "Policy", "TrustBundle"}
    assert set(moiety.__all__) == {*nouns, "enrol", "verify", "errors", "__version__"}
    assert set(moiety.__all__) == {"__version__", "errors", *moiety._ROOMS}
    assert dir(moiety) == sorted(moiety.__all__)
    public = {name for name in vars(moiety) if not name.startswith("_")} - set(moiety.__all__)
    assert all(isinstance(getattr(moiety, name), types.ModuleType) for name in public)


def callables_of(thing: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """A public function, or the public methods and the constructor of a class."""
    if inspect.isfunction(thing):
        yield thing.__name__, thing
        return
    if inspect.isclass(thing):
        for name, member in inspect.getmembers(thing):
            if (not name.startswith("_") or name == "__init__") and callable(member):
                found = inspect.unwrap(getattr(member, "__func__", member))
                if inspect.isfunction(found):
                    yield f"{thing.__name__}.{name}", found


class Names(dict[str, Any]):
    """A module's names; those that it imports for type checkers alone stand for no reference."""

    def __missing__(self, name: str) -> Any:
        if name.startswith("__"):
            raise KeyError(name)  # pytest looks for a mark of its own in every frame's names
        return getattr(builtins, name, object)


def parameters(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """The parameters of a function with their types, `self` and `cls` left out."""
    module = importlib.import_module(function.__module__)
    hints = typing.get_type_hints(function, vars(module), Names(vars(module)))
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name, Any)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield name, types.GenericAlias(tuple, (hint, ...))
        elif name not in ("self", "cls"):
            yield name, hint


@pytest.mark.parametrize("name", sorted(set(moiety.__all__) - {"__version__", "errors"}))
def test_no_public_function_takes_a_collection_of_references(name: str) -> None:
    checked = 0
    for label, function in callables_of(getattr(moiety, name)):
        for parameter, hint in parameters(function):
            if parameter != "self":
                checked += 1
                assert not collects_references(hint), f"{label}({parameter}: {hint})"
                assert hint is not Any or parameter == "explain", (
                    f"{label}({parameter}) says nothing of its type"
                )
    assert checked or name in {"Decision"}


def modules() -> list[str]:
    names = [one.name for one in pkgutil.walk_packages([str(SOURCE)], "moiety.")]
    return [
        name for name in names if ".cli" not in name and ".evaluate" not in name and ".synthesis" not in name
    ]


ALLOWED = {
    # The parts of one person's one credential.
    ("moiety.credential.contents", "Contents.__init__", "templates"),
    ("moiety.credential.contents", "build", "templates"),
    ("moiety.finger.formats", "FingerRecord.__init__", "templates"),  # one ISO/IEC 19794-2 record
    ("moiety.finger.formats", "write", "templates"),
    # The fingers of the one document that is presented.
    ("moiety.document.reference", "Reference.__init__", "fingers"),
    ("moiety.document.fingers", "FingerReferences.__init__", "templates"),
    ("moiety.finger_verification", "compare_fingers", "held"),
    # The fingers of the one person who is enrolling: scans of one finger agree, two fingers are not one.
    ("moiety.finger_enrolment", "_refuse_mixed", "sealed"),
    ("moiety.finger_enrolment", "_one", "several"),
    # Cards are drawn on a sheet of paper; nothing is opened or compared.
    ("moiety.credential.card", "sheet", "credentials"),
    # Evaluation alone may see templates as a matrix; import-linter keeps everyone else out.
    ("moiety.face.packing", "pack", "templates"),
}


def collecting(module: types.ModuleType) -> Iterator[tuple[str, str, str]]:
    """What takes several references in a module: the module, the function, the parameter."""
    name = module.__name__
    for thing in vars(module).values():
        if getattr(thing, "__module__", None) != name:
            continue
        for label, function in callables_of(thing):
            for parameter, hint in parameters(function):
                if collects_references(hint):
                    yield name, label, parameter


@pytest.mark.parametrize("name", modules())
def test_no_module_below_takes_one_either(name: str) -> None:
    """Private rooms included, save the ones listed with their reason."""
    assert set(collecting(importlib.import_module(name))) <= ALLOWED


def test_every_row_that_is_allowed_is_there() -> None:
    """A row that matches nothing would let a function of that name in."""
    names = sorted({name for name, _, _ in ALLOWED})
    found = {row for name in names for row in collecting(importlib.import_module(name))}
    assert found >= ALLOWED, sorted(ALLOWED - found)


def test_packed_fingers_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that packs finger templates fails here; import-linter keeps all but evaluation from it."""
    name = "moiety.finger.packing"
    stub = types.ModuleType(name)
    exec(
        "from collections.abc import Sequence\n"
        "from moiety.finger.template import FingerTemplate\n"
        "def pack(templates: Sequence[FingerTemplate]) -> None: ...\n",
        stub.__dict__,
    )
    monkeypatch.setitem(sys.modules, name, stub)
    assert (name, "pack", "templates") in set(collecting(stub)) - ALLOWED
    contract = (SOURCE.parents[1] / ".importlinter").read_text()
    packed = contract.split("[importlinter:contract:packed-templates]")[1].split("[importlinter:")[0]
    assert "moiety.*.packing" in packed


def test_verify_takes_one_credential_and_one_picture() -> None:
    signature = inspect.signature(moiety.verify)
    assert all(one.kind is one.KEYWORD_ONLY for one in signature.parameters.values())
    required = [name for name, one in signature.parameters.items() if one.default is one.empty]
    assert required == ["credential", "trust"]
    hints = dict(parameters(moiety.verify))
    assert set(typing.get_args(hints["credential"])) == {Credential, str, Path, bytes, Presented}
    for part in typing.get_args(hints["face"]):
        assert typing.get_origin(part) not in (list, tuple, collections.abc.Sequence)
    # One capture of each finger that is named, and one photograph of each hand.
    for name in ("fingers", "hands"):
        mapping = next(one for one in typing.get_args(hints[name]) if one is not type(None))
        assert typing.get_origin(mapping) is collections.abc.Mapping
        for part in typing.get_args(typing.get_args(mapping)[1]):
            assert typing.get_origin(part) not in (list, tuple, collections.abc.Sequence)


def test_enrols_list_is_of_pictures_of_the_one_person() -> None:
    hints = dict(parameters(moiety.enrol))
    assert not collects_references(hints["face"])
    assert hints["consent"] is Consent
    assert inspect.signature(moiety.enrol).parameters["consent"].default is inspect.Parameter.empty
    assert hints["issuer"] is Issuer
    assert typing.get_type_hints(moiety.enrol)["return"] is Credential


@pytest.mark.parametrize("given", [list, tuple, set, iter], ids=lambda one: str(one.__name__))
def test_a_collection_is_refused_at_run_time_too(given: Callable[..., Any]) -> None:
    with pytest.raises((TypeError, MoietyError)):
        moiety.verify(credential=given(["a.png", "b.png"]), face=b"", trust=None)  # type: ignore[arg-type]


def test_nothing_public_looks_like_a_template() -> None:
    for kind in (Consent, Credential, Decision, Issuer, Policy, TrustBundle):
        for name in dir(kind):
            assert not re.search("vector|embedding|pickle|cosine", name)


FORBIDDEN = re.compile(
    r"\b(?:def|class)\s+_*\w*(?:"
    r"identify|one_to_many|onetomany|gallery|galleries|watch_?list|dedup\w*|find_person|nearest_person|"
    r"search_(?:face|person|people|finger|template)\w*|face_search|rank_(?:face|person|people)\w*|"
    r"gender_of|estimate_age|predict_(?:age|gender|ethnicity|emotion)\w*|emotion\w*|ethnicity_of"
    r")\b",
    re.IGNORECASE,
)
PACKAGES = re.compile(
    r"^\s*(?:import|from)\s+(?:faiss|annoy|hnswlib|pgvector|milvus|deepface|usearch)\b", re.MULTILINE
)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_source_is_named_for_a_search_or_an_inference(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not FORBIDDEN.findall(text)
    assert not PACKAGES.findall(text)
    assert not re.search("gallery|watchlist|identification", path.name)


def test_the_name_check_finds_what_it_must() -> None:
    for line in (
        "def identify(",
        "class Gallery:",
        "def search_faces(x)",
        "    def predict_gender(self)",
        "def _watchlist(",
    ):
        assert FORBIDDEN.search(line), line
    for line in ("def verify(", "def _identifier(text)", "def dedicate(", "class Demographics:"):
        assert not FORBIDDEN.search(line), line
