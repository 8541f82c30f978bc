"""Every named bad code is refused with its error, a remedy, and nothing of its bytes in the message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import moiety.errors
from moiety.credential.code import Credential, verify_signature
from moiety.errors import MoietyError
from moiety.keys import VerifyingKey

_FOLDER = Path(__file__).parents[1] / "bad_inputs" / "codes"
_INDEX = json.loads((_FOLDER / "index.json").read_text())


def test_the_index_names_every_file() -> None:
    assert sorted(path.stem for path in _FOLDER.glob("*.txt")) == sorted(_INDEX["files"])
    assert len(_INDEX["files"]) > 60


@pytest.mark.parametrize("name", sorted(_INDEX["files"]))
def test_a_bad_code_is_refused_with_its_error(name: str) -> None:
    said = _INDEX["files"][name]
    key = VerifyingKey(bytes.fromhex(_INDEX["issuer_key"]))
    with pytest.raises(MoietyError) as caught:
        verify_signature(Credential.read(_FOLDER / f"{name}.txt"), key)
    assert type(caught.value) is getattr(moiety.errors, said["error"])
    assert caught.value.remedy
    assert len(str(caught.value)) < 200 and "\\x" not in str(caught.value)


def test_the_code_that_they_are_made_from_is_good() -> None:
    from tests.bad_inputs.generate_codes import SIGNER, _good, text

    verify_signature(Credential.from_text(text(_good())), SIGNER.verifying_key)
