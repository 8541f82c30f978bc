"""A witness cosigns what continues, and refuses forks, rollbacks and strangers (C2SP tlog-witness)."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from moiety.errors import HomeError, LedgerForked, LedgerMalformed, LedgerRefused, LedgerTampered, UsageError
from moiety.keys import SigningKey
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.cosignature import WitnessKey, require_witnessed, witness_key
from moiety.ledger.merkle import EMPTY_ROOT, MemoryTree, consistency_proof, leaf_hash
from moiety.ledger.note import Note, NoteVerifier
from moiety.ledger.witnessing import Request, parse_request
from moiety.witness.app import create_witness_app
from moiety.witness.client import HttpPost, cosigned
from moiety.witness.place import WitnessPlace, add_log, create_witness, open_witness, origin_hash

NOW: Final = 1_790_000_000
SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
KEY: Final = NoteVerifier("log.example/1", SIGNER.verifying_key)


class OneLog:
    """A log in memory, which can be made to lie."""

    def __init__(self, words: list[str]) -> None:
        self.tree = MemoryTree(leaf_hash(one.encode()) for one in words)

    def note(self, size: int | None = None, signer: SigningKey = SIGNER) -> Note:
        size = self.tree.size if size is None else size
        return sign_checkpoint(Checkpoint(KEY.name, size, self.tree.root(size)), signer)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        return consistency_proof(old, self.tree.size, self.tree.node)

    def request(self, old: int, size: int | None = None) -> bytes:
        size = self.tree.size if size is None else size
        proof = consistency_proof(old, size, self.tree.node) if old <= size else ()
        return Request(old, proof, self.note(size)).encode()


GOOD = OneLog([str(number) for number in range(20)])
FORKED = OneLog([*[str(number) for number in range(8)], "other", *[str(number) for number in range(9, 20)]])


@pytest.fixture
def place(tmp_path: Path) -> WitnessPlace:
    return create_witness(tmp_path / "witness", "witness.example/w1", [KEY.vkey()])


@pytest.fixture
def client(place: WitnessPlace) -> Iterator[TestClient]:
    with TestClient(create_witness_app(place, clock=lambda: NOW)) as client:
        yield client


def post(client: TestClient, body: bytes) -> tuple[int, bytes]:
    answer = client.post("/add-checkpoint", content=body)
    return answer.status_code, answer.content


def test_the_example_request_of_the_specification_reads() -> None:
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1"
        "gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()
    request = parse_request(body)
    assert (request.old, len(request.hashes)) == (20852014, 4)
    assert request.encode() == body


def test_it_cosigns_what_continues_and_tells_monitors(client: TestClient, place: WitnessPlace) -> None:
    for old, size in ((0, 5), (5, 8), (8, 8), (8, 20)):
        status, body = post(client, GOOD.request(old, size))
        assert status == 200
        note = GOOD.note(size).with_signatures(notes.parse_signatures(body.decode()))
        require_witnessed(note, [place.key], 1, now=NOW)
    told = client.get(f"/{origin_hash(KEY.name)}/checkpoint")
    kept = notes.parse(told.content)
    assert kept.text == GOOD.note().text
    assert {one.name for one in kept.signatures} == {KEY.name, place.key.name}
    assert client.get(f"/{origin_hash('other.example')}/checkpoint").status_code == 404


def test_a_forked_log_is_refused_and_the_entries_named(client: TestClient) -> None:
    assert post(client, GOOD.request(0, 12))[0] == 200
    status, body = post(client, FORKED.request(12))
    assert status == 422
    assert b"Forked: the log of 20 entries" in body
    assert b"an entry from 0 to 11 is another one" in body
    assert post(client, Request(12, (), FORKED.note(12)).encode())[0] == 422, "the same size, another root"
    assert post(client, GOOD.request(12))[0] == 200


def test_a_log_set_back_is_refused_with_the_size_that_was_seen(client: TestClient) -> None:
    assert post(client, GOOD.request(0, 12))[0] == 200
    answer = client.post("/add-checkpoint", content=GOOD.request(8, 10))
    assert (answer.status_code, answer.content) == (409, b"12\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"
    assert post(client, GOOD.request(12, 10))[0] == 400


def test_strangers_false_signatures_and_nonsense_are_refused(client: TestClient) -> None:
    other = sign_checkpoint(Checkpoint("other.example/1", 1, bytes(32)), SIGNER)
    assert post(client, Request(0, (), other).encode())[0] == 404
    stranger = SigningKey.generate()
    assert post(client, Request(0, (), GOOD.note(5, stranger)).encode())[0] == 403
    bent = GOOD.note(5)
    (one,) = bent.signatures
    false = Note(bent.text, (notes.Signature(one.name, one.key_id, bytes(64)),))
    assert post(client, Request(0, (), false).encode())[0] == 403
    assert post(client, b"old x\n\n")[0] == 400
    assert post(client, b"x" * 80_000)[0] == 413
    hashes = (bytes(32),)
    assert post(client, Request(0, hashes, GOOD.note(5)).encode())[0] == 422
    nothing = sign_checkpoint(Checkpoint(KEY.name, 0, bytes(32)), SIGNER)
    assert post(client, Request(0, (), nothing).encode())[0] == 422
    empty = sign_checkpoint(Checkpoint(KEY.name, 0, EMPTY_ROOT), SIGNER)
    assert post(client, Request(0, (), empty).encode())[0] == 200


def test_two_requests_at_once_never_roll_back(place: WitnessPlace) -> None:
    sizes: list[int] = []

    def ask(size: int) -> None:
        answer = place.add_checkpoint(GOOD.request(0, size), now=NOW)
        if answer.status == 200:
            sizes.append(size)

    threads = [threading.Thread(target=ask, args=(size,)) for size in range(1, 20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(sizes) == 1, "each said that nothing had been seen: one alone was right"


def test_a_witness_remembers_and_its_folder_is_private(place: WitnessPlace) -> None:
    assert place.add_checkpoint(GOOD.request(0, 12), now=NOW).status == 200
    again = open_witness(place.path)
    assert again.key == place.key == witness_key(place.key.vkey())
    assert again.add_checkpoint(GOOD.request(0, 13), now=NOW).body == b"12\n"
    assert stat.S_IMODE((place.path / "key.pem").stat().st_mode) == 0o600
    (place.path / "logs" / origin_hash(KEY.name)).write_bytes(b"nonsense")
    with pytest.raises(HomeError, match="damaged"):
        again.add_checkpoint(GOOD.request(0, 13), now=NOW)


def test_a_witness_learns_of_more_logs(place: WitnessPlace) -> None:
    more = NoteVerifier("log.example/2", SIGNER.verifying_key)
    add_log(place, more.vkey())
    assert set(open_witness(place.path).witness.logs) == {KEY.name, more.name}
    with pytest.raises(LedgerMalformed):
        add_log(place, "nonsense")
    with pytest.raises(HomeError, match="never overwritten"):
        create_witness(place.path, "w", [KEY.vkey()])
    with pytest.raises(UsageError):
        create_witness(place.path / "x", "a b", [KEY.vkey()])
    (place.path / "witness.json").write_text("{}")
    with pytest.raises(HomeError, match="damaged"):
        open_witness(place.path)


def direct(place: WitnessPlace) -> Callable[[bytes], tuple[int, bytes]]:
    def send(body: bytes) -> tuple[int, bytes]:
        answer = place.add_checkpoint(body, now=NOW)
        return answer.status, answer.body

    return send


def test_the_log_learns_what_a_refusal_means(place: WitnessPlace) -> None:
    key = place.key
    early = OneLog([str(number) for number in range(12)])
    assert len(cosigned(early.note(), early.consistency, key, direct(place)).signatures) == 2
    assert len(cosigned(GOOD.note(), GOOD.consistency, key, direct(place)).signatures) == 2
    with pytest.raises(LedgerForked, match="the entries 12 to 19 are gone"):
        cosigned(early.note(), early.consistency, key, direct(place))
    with pytest.raises(LedgerForked, match="entry from 0 to 19 is not the one"):
        cosigned(FORKED.note(), FORKED.consistency, key, direct(place))
    with pytest.raises(LedgerRefused, match="status 403"):
        cosigned(GOOD.note(signer=SigningKey.generate()), GOOD.consistency, key, direct(place))
    other = WitnessKey(key.name, SigningKey.generate().verifying_key)
    with pytest.raises(LedgerTampered, match="witness's answer"):
        cosigned(GOOD.note(), GOOD.consistency, other, direct(place))


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"old 0\n\n" + tail))
@settings(max_examples=200)
def test_any_bytes_are_a_request_or_are_refused(data: bytes) -> None:
    try:
        request = parse_request(data)
    except LedgerMalformed:
        return
    assert request.encode() == data


def test_it_serves_in_a_process_of_its_own(place: WitnessPlace) -> None:
    program = "from moiety.cli.main import main; raise SystemExit(main())"
    arguments = ["witness", "serve", "--place", str(place.path), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        try:
            url = running.stdout.readline().rsplit(" ", 1)[1].strip()
            note = cosigned(GOOD.note(), GOOD.consistency, place.key, HttpPost(url))
            assert len(note.signatures) == 2
            assert httpx.get(f"{url}/{origin_hash(KEY.name)}/checkpoint").status_code == 200
        finally:
            running.terminate()
