"""The receipt: a signed copy of the record that the person keeps, and the secret with which they withdraw.

The secret stands beside what is signed, not inside it: who shows the receipt to an authority can cut it off.
Beside it stands the ledger's receipt too, which the log signs: it shows that the consent was entered there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from moiety import catalogue
from moiety.consent import jws
from moiety.consent.iso27560 import CONTEXT, ConsentRecord
from moiety.consent.notice import day_of, told_modalities
from moiety.consent.parameters import RECEIPT_BYTES
from moiety.consent.record import Consent
from moiety.consent.secret import read_secret, secret_hash, written
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError, InputError
from moiety.files import read_bounded
from moiety.keys import Signer, VerifyingKey

KIND: Final = "moiety-consent-receipt+json"
RECEIPT_SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560#receipt-record"
_MEMBERS: Final = frozenset({"payload", "protected", "signature", "withdrawal_secret", "ledger"})


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """A receipt whose signature was checked.

    Attributes:
        consent: the agreement, salt included: with it the person can show which code rests on it.
        secret: the withdrawal secret, or None where it was cut off.
        document: the whole signed payload.
    """

    consent: Consent
    secret: bytes | None
    document: Mapping[str, Any]


def write_receipt(
    record: ConsentRecord, settings: ConsentSettings, secret: bytes, signer: Signer, *, now: int
) -> dict[str, str]:
    """The receipt of a record as its file's JSON object, signed by the issuer's or the device's key."""
    payload = {
        "@context": CONTEXT,
        "@id": f"urn:moiety:receipt:{record.consent.record_id}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": record.consent.record_id,
        "dct:conformsTo": RECEIPT_SCHEMA,
        "dct:created": day_of(now),
        "dct:publisher": settings.controller.name,
        "dpv:hasRecordOfActivity": record.to_jsonld(settings),
        "moiety:consent": record.consent.to_json(),
        "moiety:withdrawalSecretHash": secret_hash(secret).hex(),
    }
    data = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return {**jws.sign(data, signer, kind=KIND), "withdrawal_secret": written(secret)}


def read_receipt(document: object, keys: Iterable[VerifyingKey]) -> Receipt:
    """The receipt in a file's JSON object, its signature checked against `keys`.

    Raises:
        ConsentError: no receipt, altered, signed by another, or with a secret that is not its own.
    """
    if not isinstance(document, dict) or not set(document) <= _MEMBERS:
        raise ConsentError("This is no consent receipt.", remedy=_REMEDY)
    payload = jws.verified(document, keys, kind=KIND)
    try:
        body = json.loads(payload)
        consent = Consent.from_json(body["moiety:consent"])
        expected = bytes.fromhex(body["moiety:withdrawalSecretHash"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConsentError("This is no consent receipt.", remedy=_REMEDY) from error
    told = document.get("withdrawal_secret")
    if told is None:
        return Receipt(consent, None, body)
    if not isinstance(told, str):
        raise ConsentError("This is no consent receipt.", remedy=_REMEDY)
    secret = read_secret(told)
    if secret_hash(secret) != expected:
        raise ConsentError("The withdrawal code is of another receipt.", remedy=_REMEDY)
    return Receipt(consent, secret, body)


def load_receipt(path: str | Path, keys: Iterable[VerifyingKey]) -> Receipt:
    """The receipt in a file.

    Raises:
        ConsentError: as `read_receipt`, or no such file.
    """
    try:
        document = json.loads(read_bounded(path, RECEIPT_BYTES, what="consent receipt"))
    except InputError as error:
        raise ConsentError(str(error), remedy=error.remedy) from error
    except (ValueError, RecursionError) as error:
        raise ConsentError("This is no consent receipt.", remedy=_REMEDY) from error
    return read_receipt(document, keys)


_REMEDY: Final = "Give the receipt as it was handed out, or type its withdrawal code."


def told(record: ConsentRecord, settings: ConsentSettings, secret: bytes, *, where: str) -> tuple[str, ...]:
    """The receipt in the words of the record's language, a line each, for paper."""
    consent, language = record.consent, record.language

    def line(key: str, **values: str) -> str:
        return catalogue.text(f"receipt.{key}", language, **values)

    lines = [
        line("title"),
        line("controller", controller=settings.controller.name),
        line("purpose", purpose=consent.purpose),
        line("modalities", modalities=told_modalities(consent.modalities, language)),
        line("given", date=day_of(consent.given_at)),
        line("until", date=day_of(consent.expires_at)),
    ]
    if record.guardian is not None:
        lines.append(line("guardian", relation=catalogue.text(f"relation.{record.guardian}", language)))
    return (
        *lines,
        line("keep"),
        line("secret", secret=written(secret)),
        line("secret-warning"),
        line("how", where=where),
    )
