"""Status lists of document issuers (`statuslist+jwt`, `statuslist+cwt`), read under the document's anchor.

IETF Token Status List, draft-ietf-oauth-status-list-20. A list counts where its signer is certified under the
same pinned root as the document, or where a key of the same issuer signed it. Another root's says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from moiety.credential import cbor, cose
from moiety.credential.anchors import DocumentAnchor
from moiety.credential.clock import day
from moiety.credential.document_lists import identifier
from moiety.credential.document_types import STATUS_LIST
from moiety.credential.status import StatusList, StatusToken
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import MAX_LIST_TOKEN_BYTES
from moiety.document import certificates, jose
from moiety.document.issuers import require_signature
from moiety.document.parameters import CLOCK_TOLERANCE_S, MAX_DOCUMENT_URI_BYTES
from moiety.errors import CodeMalformed, CredentialRefused, SignatureInvalid, TrustRefused

_JWT: Final = "statuslist+jwt"
_CWT: Final = "statuslist+cwt"
_HEADER_TYP: Final = 16
_SUBJECT, _EXPIRES, _ISSUED, _LIST, _TTL = 2, 4, 6, 65533, 65534
_LAST_SECOND: Final = 253_402_300_799


@dataclass(frozen=True, slots=True, repr=False)
class SignedList:
    """A status list taken apart and not yet verified."""

    said: dict[Any, Any]
    algorithm: int | None
    signature: bytes
    message: bytes
    chain: tuple[bytes, ...]


def is_document_list(data: bytes) -> bool:
    """Whether this may be a list of a document issuer: a JWS, or a COSE_Sign1."""
    return data[:2] == b"ey" or data[:1] in (b"\xd2", b"\x84") or data[:3] == b"\xd8\x3d\xd2"


def take(data: bytes, trust: TrustBundle, now: int, *, uri: str | None = None) -> tuple[str, StatusToken]:
    """Take a list into the home of `trust`: verified, and no older than what is held. Returns whose it is.

    `uri` is the address that it was fetched from, which it must name.

    Raises:
        TrustRefused: no anchor here vouches for it, it is malformed, or it is older than the one held.
    """
    refusals: list[TrustRefused] = []
    counting: dict[str, tuple[DocumentAnchor, StatusToken]] = {}
    for anchor in trust.documents:
        try:
            token = read(data, family(trust, anchor), now, uri=uri)
        except TrustRefused as error:
            refusals.append(error)
            continue
        counting.setdefault(identifier(anchor), (anchor, token))
    if not counting and not refusals:
        raise TrustRefused("No issuer of documents is trusted here.", remedy=certificates.TRUST)
    if not counting:
        told = [one for one in refusals if not isinstance(one.__cause__, SignatureInvalid)]
        raise (told or refusals)[0]
    # An issuer may be pinned by its key and by a root: documents of either kind ask for the list.
    for anchor, token in counting.values():
        _require_newer(trust, anchor, token, now)
    for anchor, token in counting.values():
        trust.document_lists.hold(anchor, token.uri, data)
    first, token = next(iter(counting.values()))
    return first.name, token


def family(trust: TrustBundle, anchor: DocumentAnchor) -> tuple[DocumentAnchor, ...]:
    """The anchors whose lists count for documents under this one: itself, or the keys of one issuer."""
    mine = identifier(anchor)
    return tuple(one for one in trust.documents if identifier(one) == mine)


def held(trust: TrustBundle, anchor: DocumentAnchor, uri: str, now: int) -> StatusToken | None:
    """The list that this home holds of that address for documents under this anchor, verified.

    Raises:
        TrustRefused: what is held no longer counts.
    """
    data = trust.document_lists.read(anchor, uri)
    return None if data is None else read(data, family(trust, anchor), now, uri=uri)


def read(data: bytes, anchors: Sequence[DocumentAnchor], now: int, *, uri: str | None = None) -> StatusToken:
    """Verify a list under one of the anchors, and decode it. Its age is judged when it is used.

    Raises:
        TrustRefused: malformed, of another address, dated ahead, or signed by nobody whom these vouch for.
    """
    try:
        signed = _taken_apart(data)
        _require_signed(signed, anchors, now)
        return _token(signed.said, data, now, uri)
    except CredentialRefused as error:
        raise TrustRefused(f"The status list doesn't count. {error}") from error


def _taken_apart(data: bytes) -> SignedList:
    if len(data) > MAX_LIST_TOKEN_BYTES:
        raise TrustRefused(f"The status list has {len(data):,} bytes.")
    if data[:2] == b"ey":
        token = jose.decode(data.decode("ascii", "replace").strip())
        if jose.media_type(token.header.get("typ")) != _JWT:
            raise TrustRefused("That signed token isn't a status list.")
        stated = token.payload.get("status_list")
        body = dict(stated) if isinstance(stated, dict) else {}
        if isinstance(body.get("lst"), str):
            body["lst"] = jose.unpadded(body["lst"])
        names = {_SUBJECT: "sub", _EXPIRES: "exp", _ISSUED: "iat", _TTL: "ttl"}
        said = {number: token.payload.get(name) for number, name in names.items()}
        return SignedList(
            {**said, _LIST: body}, token.algorithm, token.signature, token.signed, token.chain()
        )
    message = cose.decode(data)
    headers = cbor.decode(message.protected, "protected header") if message.protected else {}
    if jose.media_type(headers.get(_HEADER_TYP)) != _CWT:
        raise TrustRefused("That signed document isn't a status list.")
    claims = cbor.decode(message.payload, "status list", tags=frozenset((0, 1)))
    if not isinstance(claims, dict):
        raise TrustRefused("The status list is malformed.")
    covered = cose.to_be_signed(message.protected, message.payload)
    return SignedList(claims, message.algorithm, message.signature, covered, message.chain)


def _require_signed(signed: SignedList, anchors: Sequence[DocumentAnchor], now: int) -> None:
    keys = [one.public_key() for one in anchors if one.key]
    roots = [one for one in anchors if one.root]
    if roots and signed.chain:
        key, _, _ = certificates.signer(signed.chain, roots, now, type_name=STATUS_LIST, issuer=None)
        keys.append(key)
    require_signature(keys, signed.algorithm, signed.signature, signed.message)


def _token(said: dict[Any, Any], data: bytes, now: int, uri: str | None) -> StatusToken:
    subject = said.get(_SUBJECT)
    issued, expires, ttl = (_number(said.get(name)) for name in (_ISSUED, _EXPIRES, _TTL))
    if not isinstance(subject, str) or not 0 < len(subject.encode()) <= MAX_DOCUMENT_URI_BYTES:
        raise TrustRefused("The status list doesn't say where it belongs.")
    if uri is not None and subject != uri:
        raise TrustRefused("The status list is one of another address.")
    if issued is None:
        raise TrustRefused("The status list doesn't say when it was issued.")
    if issued > now + CLOCK_TOLERANCE_S:
        raise TrustRefused(f"The status list is dated ahead of this machine's clock: {day(issued)}.")
    if expires is not None and expires <= issued:
        raise TrustRefused("The status list's expiry is malformed.")
    body = said.get(_LIST)
    return StatusToken(subject, issued, expires, ttl, StatusList.decode(body), data)


def _number(value: Any) -> int | None:
    """A NumericDate or a number of seconds; tag 1 may stand before it."""
    bare = getattr(value, "value", value) if getattr(value, "tag", None) == 1 else value
    if bare is None:
        return None
    number = isinstance(bare, (int, float)) and not isinstance(bare, bool)
    if not number or not 0 <= bare <= _LAST_SECOND:
        raise TrustRefused("A date in the status list is malformed.")
    return int(bare)


def _require_newer(trust: TrustBundle, anchor: DocumentAnchor, token: StatusToken, now: int) -> None:
    try:
        before = held(trust, anchor, token.uri, now)
    except (TrustRefused, CodeMalformed):
        return  # what is held no longer counts: anything that counts is better
    if before is not None and token.issued < before.issued:
        raise TrustRefused(
            f"The status list of {day(token.issued)} is older than the one held, of {day(before.issued)}.",
            remedy="Fetch the newest list from where the issuer publishes it.",
        )
