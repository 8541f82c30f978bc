"""Every screen of the pages, and what a page must hold to show it: for the walk over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tests.browser.test_axe import _AGREED, _FOUND, _ISSUED, ANSWERS


@dataclass(frozen=True)
class Screen:
    """A state of a page as its own machine comes to it.

    Attributes:
        state: of the page's machine.
        context: what the machine holds already.
        data: what the event brought.
        clicks: pressed first, to come to what is not there at once.
        shows: the state that these lead to.
        hold: the service takes its time, so that the screen that waits can be seen.
        answers: what the service says at a capture's end.
        stubs: what the service answers at these paths, which another home would.
        look: nothing is pressed; of many that differ in their words only, one stands for all.
    """

    state: str
    context: dict[str, Any] = field(default_factory=dict)
    data: Any = None
    clicks: tuple[str, ...] = ()
    shows: str = ""
    hold: bool = False
    answers: Any = None
    stubs: dict[str, Any] = field(default_factory=dict)
    look: bool = False

    def sent(self, module: str) -> dict[str, Any]:
        """As `walk.js` takes it."""
        return {
            "module": module, "state": self.state, "context": self.context, "data": self.data,
            "clicks": list(self.clicks), "hold": self.hold, "answers": self.answers, "stubs": self.stubs,
            "look": self.look,
        }  # fmt: skip


TABS: Final = ("operators", "programs", "status", "ledger", "retention", "own")
_WAYS: Final = {"passkey": True, "oidc": False, "set_up": True}
_NOTHING: Final = {"id": "0" * 32, "expires_at": 1_900_000_000}
_CEREMONY: Final = {"ceremony": "0" * 32, "nonce": "0" * 64, "fingers": True}
_CODE: Final = {"code": {"text": "x" * 99}, "ceremony": _CEREMONY}
_CONSENT: Final[dict[str, Any]] = {
    **_AGREED, "purpose": "A card", "consent": _NOTHING, "ceremony": _CEREMONY, "given": {}, "notice": None,
}  # fmt: skip
_PROMISED: Final[dict[str, Any]] = {
    **_CONSENT, "receipt": {"secret": "ABCD-EFGH", "receipt": {"a": 1},
    "lines": ["Consent receipt", "ABCD-EFGH"]},
    "notice": {"language": "en", "direction": "ltr"},
}  # fmt: skip
_AWAY: Final = {"code": "service-away"}
_OVER: Final = {"code": "liveness-refused"}
_DESK: Final = {"verifies": True, "issues": True, "trusts": False}
_EVERYTHING: Final = {"roles": ["verifier", "enroller", "auditor", "administrator"]}
_LAST: Final = {**ANSWERS["reject"], "may_try_again": False}

SCREENS: Final[dict[str, tuple[Screen, ...]]] = {
    "index": (
        Screen("looking", hold=True), Screen("signIn"), Screen("passkey", hold=True),
        Screen("signIn", stubs={"/v1/sign-in": {**_WAYS, "oidc": True}}),
        Screen("signIn", stubs={"/v1/sign-in": {**_WAYS, "set_up": False}}),
        Screen("signIn", stubs={"/v1/sign-in": {**_WAYS, "passkey": False}}),
        Screen("invited"), Screen("invited", data={"fresh": True}),
        Screen("invited", data={"refused": "not-signed-in", "code": "AAAA-BBBB"}),
        Screen("registering", data={"code": "AAAA-BBBB", "name": "", "fresh": False}, hold=True),
        Screen("choose", data=_EVERYTHING), Screen("choose", data=_EVERYTHING, stubs={"/v1/station": _DESK}),
        Screen("error", data={"code": "passkey-refused"}), Screen("other"),
    ),
    "verify": (
        Screen("start"), Screen("start", clicks=("summary",)),
        Screen("start", data={"typed": "hello", "thing": None}), Screen("scanning"), Screen("unread"),
        Screen("reading", data={"text": "x" * 99}, hold=True),
        Screen("present", {**_CODE, "ceremony": {**_CEREMONY, "audience": "https://verifier.example"}}),
        Screen("pin", _CODE), Screen("pin", {**_CODE, "pinWrong": "pin-wrong"}), Screen("before", _CODE),
        Screen("before", _CODE, clicks=("#ways summary",)), Screen("framing", _CODE),
        Screen("challenge", _CODE, answers=ANSWERS["accept"]),
        Screen("hands", {**_CODE, "fingers": True}, answers=ANSWERS["reject"]), Screen("deciding",
        _CODE, hold=True),
        *(Screen("verdict", _CODE, answer) for answer in (*ANSWERS.values(), _LAST)),
        Screen("tooLong", _CODE),
        Screen("error", data=_AWAY), Screen("error", data={"code": "not-allowed"}), Screen("other"),
    ),
    "enrol": (
        Screen("purpose"), Screen("purpose", clicks=("#child",)), Screen("purpose",
        clicks=("#other-purpose",)),
        Screen("notice", {"purpose": "card"}), Screen("before", _CONSENT), Screen("faces", _CONSENT),
        Screen("challenge", _CONSENT), Screen("hands", {**_CONSENT, "fingers": True}),
        Screen("review", _CONSENT, answers=_ISSUED), Screen("retaking", _CONSENT, hold=True),
        Screen("sealing", _CONSENT, hold=True), Screen("code", _PROMISED, _ISSUED),
        Screen("covered", {**_PROMISED, "made": _ISSUED}),
        Screen("resuming", _CONSENT, hold=True), Screen("tooLong", _CONSENT),
        Screen("error", _CONSENT, _OVER),
        Screen("error", data=_AWAY), Screen("other"),
    ),
    "revoke": (
        Screen("find"), Screen("find", data={"wrong": "several-codes", "typed": "3151-FF21"}),
        Screen("scanning"), Screen("unread"), Screen("finding", data={"text": "3151-FF21"}, hold=True),
        *(Screen("found", data={"found": found}) for found in _FOUND), Screen("error", data=_AWAY),
        Screen("other"),
    ),
    "account": (
        *(Screen("open", clicks=(f"#tab-{name}",)) for name in TABS), Screen("error", data=_AWAY),
        Screen("other"),
    ),
    "practise": (
        Screen("list"), Screen("play", data={"scenario": "revoked"}),
        Screen("play", data={"scenario": "expired"}, clicks=("#act-turn-away",), shows="debrief"),
        Screen("own"), Screen("error", data=_AWAY), Screen("other"),
    ),
}  # fmt: skip
"""Page to its screens; a state of a page that is not here fails the walk."""
