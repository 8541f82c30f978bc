"""The decoders of codes: the first byte of a case says at which layer the rest goes in.

So the search reaches the inner layers without having to find out what a checksum or a signature is.
"""

from __future__ import annotations

from typing import Final

from moiety.credential import base45, cbor, claims, contents, cose, inflate, seal
from moiety.credential.claims import StatusReference
from moiety.credential.code import Credential, verify_signature
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.issue import IssuerIdentity, issue
from moiety.errors import CodeMalformed, CodeUnreadable, SealUnopenable, SignatureInvalid
from moiety.keys import GroupPrivateKey, SigningKey

_SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
_GROUP: Final = GroupPrivateKey.generate()
_MESSAGE: Final = cose.Sign1(cbor.encode({1: -8, 4: _SIGNER.key_id}), b"", b"", -8, _SIGNER.key_id)
_ISSUER: Final = "https://issuer.example.org/"

LAYERS: Final = 6


def one_case(data: bytes) -> None:
    """Decode `data[1:]` at layer `data[0] % 6`; whatever decodes must encode to what decodes the same.

    Raises nothing that the decoders are meant to raise; anything else is a find.
    """
    if not data:
        return
    try:
        _DECODERS[data[0] % LAYERS](data[1:])
    except (CodeUnreadable, CodeMalformed, SignatureInvalid, SealUnopenable):
        return


def _text(data: bytes) -> None:
    credential = Credential.from_text(data.decode("latin-1"))
    _touch(credential)
    verify_signature(credential, _SIGNER.verifying_key)


def _packed(data: bytes) -> None:
    _message(inflate.inflate(data))


def _message(data: bytes) -> None:
    message = cose.decode(data)
    _touch(Credential("", claims.decode(message.payload), message))
    cose.verify(message, _SIGNER.verifying_key)


def _payload(data: bytes) -> None:
    statement = claims.decode(data)
    _touch(Credential("", statement, _MESSAGE))
    own = statement.claims
    if own is not None and claims.decode(claims.encode(own)).claims != own:
        raise AssertionError("claims that decode do not encode to themselves")


def _contents(data: bytes) -> None:
    if contents.encode(contents.decode(data)) != data:
        raise AssertionError("contents have two encodings")


def _sealed(data: bytes) -> None:
    seal.unseal(data, _GROUP, b"info")


_DECODERS: Final = (_text, _packed, _message, _payload, _contents, _sealed)


def _touch(credential: Credential) -> None:
    """Whatever is shown of a code that is not yet trusted."""
    _ = (
        repr(credential),
        repr(credential.statement),
        credential.short_id,
        credential.algorithm,
        credential.key_id,
    )


def seeds() -> list[bytes]:
    """Good codes of every profile, cut open at every layer."""
    found: list[bytes] = []
    for profile, fingers in (("card", 0), ("card", 2), ("paper", 4), ("open", 2)):
        inner = _made(fingers)
        code = issue(
            inner,
            issuer=IssuerIdentity(_ISSUER, _SIGNER),
            group=None if profile == "open" else _GROUP.group,
            profile="open" if profile == "open" else "card" if profile == "card" else "paper",
            valid_from=1_790_000_000,
            valid_until=1_821_536_000,
            now=1_790_000_000,
            status=StatusReference(_ISSUER, fingers),
        )
        packed = base45.decode(code.text)
        message = inflate.inflate(packed)
        payload = cose.decode(message).payload
        layers = [code.text.encode(), packed, message, payload, contents.encode(inner), packed]
        found += [bytes([number]) + layer for number, layer in enumerate(layers)]
    return found


def _made(fingers: int) -> Contents:
    face = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 4, 0, "face", False)
    rest = [
        SealedTemplate("finger", "model", bytes(range(108)), 1, position, "contactless", True)
        for position in range(1, 1 + fingers)
    ]
    return Contents((face, *rest), bytes(32))
