"""One run of a scenario: the operator acts, the engine answers as it would in life, and each step is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from moiety.credential.check import check
from moiety.credential.code import Credential
from moiety.decision.decision import Decision, Outcome
from moiety.decision.policy import FaceMatches, FingersMatch, Policy
from moiety.errors import CodeUnreadable, CredentialRefused, MoietyError, UsageError
from moiety.image import Image
from moiety.liveness import Challenge
from moiety.practice.actions import ASKS, ENDINGS, Action
from moiety.practice.realm import Realm
from moiety.practice.scenario import Camera, Scenario
from moiety.practice.sight import Scene, code_picture, finger_picture
from moiety.presence import LiveCapture
from moiety.verification import verify

MOST_STEPS: Final = 30


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one action led to.

    Attributes:
        action: what the operator did.
        outcome: "read", "accept", "reject", "inconclusive", "refused", "unreadable", "asked", or "ended".
        reasons: codes: of the decision, of the refusal, or none.
        helped: of a request, whether it changed what the camera gives.
        capture: what was captured, for the debrief; never kept beyond the run.
        finger: the print that was captured instead.
    """

    action: Action
    outcome: str
    reasons: tuple[str, ...] = ()
    helped: bool | None = None
    capture: LiveCapture | None = field(default=None, repr=False)
    finger: Image | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The step as plain data, without any picture."""
        return {
            "action": self.action.value,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "helped": self.helped,
        }


@dataclass(slots=True, eq=False)
class Run:
    """A scenario under way. In memory, and gone with it.

    Attributes:
        scenario: which one.
        realm: whose codes and trust.
        seed: of what is drawn at random.
        steps: what was done so far.
    """

    scenario: Scenario
    realm: Realm
    seed: int = 0
    steps: list[Step] = field(default_factory=list)
    camera: Camera = field(init=False)
    credential: Credential = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.camera = self.scenario.camera
        self.credential = self.realm.code_of(self.scenario.holder, self.scenario.code_state)

    @property
    def ended(self) -> bool:
        """Whether the operator has ended it."""
        return bool(self.steps) and self.steps[-1].action in ENDINGS

    @property
    def allowed(self) -> tuple[Action, ...]:
        """What can be done now."""
        return () if self.ended else tuple(Action)

    def view(self) -> Image:
        """What the camera sees now: the person, or the print under the scanner."""
        if self.camera.finger:
            return finger_picture(self.camera, self._touch())
        return Scene(self.camera, self._drawn()).still()

    def code(self) -> Image:
        """What the camera sees of the code now."""
        return code_picture(self.credential, self.camera.code)

    def do(self, action: Action) -> Step:
        """Do something, and see what comes of it.

        Raises:
            UsageError: the run has ended, or went on for too long.
        """
        if self.ended:
            raise UsageError("This run has ended.", remedy="Look at its debrief, or begin another.")
        if len(self.steps) >= MOST_STEPS and action not in ENDINGS:
            raise UsageError("This run went on for too long.", remedy="End it.")
        step = self._step(action)
        self.steps.append(step)
        return step

    def _step(self, action: Action) -> Step:
        if action in ENDINGS:
            return Step(action, "ended")
        if action in ASKS:
            return self._ask(action)
        return self._scan() if action is Action.SCAN else self._capture()

    def _ask(self, action: Action) -> Step:
        changed = self.scenario.asks.get(action)
        helped = changed is not None and changed != self.camera
        if changed is not None:
            self.camera = changed
        return Step(action, "asked", helped=helped)

    def _scan(self) -> Step:
        try:
            read = Credential.from_picture(self.code().rgb)
            check(read, self.realm.trust(), now=self.realm.now)
        except CodeUnreadable as error:
            return Step(Action.SCAN, "unreadable", (error.code,))
        except CredentialRefused as error:
            return Step(Action.SCAN, "refused", (error.code,))
        return Step(Action.SCAN, "read")

    def _capture(self) -> Step:
        if self.camera.finger:
            scanned = finger_picture(self.camera, self._touch())
            return self._judged(finger=scanned)
        challenge = self.challenge()
        return self._judged(capture=Scene(self.camera, self._drawn()).film(challenge))

    def challenge(self) -> Challenge:
        """The challenge of the next capture: another one each time."""
        nonce = hashlib.sha256(f"{self.seed}/{len(self.steps)}".encode()).digest()
        return Challenge.from_nonce(nonce, motion="low" if self.camera.low_motion else "turn")

    def _judged(self, *, capture: LiveCapture | None = None, finger: Image | None = None) -> Step:
        try:
            if finger is None:
                decision = verify(
                    credential=self.credential, live=capture, trust=self.realm.trust(),
                    policy=Policy(require=FaceMatches()), now=self.realm.now,
                )  # fmt: skip
            else:
                decision = verify(
                    credential=self.credential, fingers={"right-index": finger}, trust=self.realm.trust(),
                    policy=Policy(liveness="none", require=FingersMatch()), now=self.realm.now,
                )  # fmt: skip
        except MoietyError as error:
            return Step(Action.CAPTURE, "refused", (error.code,))
        return Step(
            Action.CAPTURE, decision.outcome.value, codes_of(decision), capture=capture, finger=finger
        )

    def _drawn(self) -> int:
        return self.seed * 1000 + len(self.steps)

    def _touch(self) -> int:
        return 1 + len(self.steps)


def codes_of(decision: Decision) -> tuple[str, ...]:
    """The reasons of a decision, as codes."""
    return tuple(dict.fromkeys(one.code for one in decision.reasons))


def accepted(step: Step) -> bool:
    """Whether a capture ended in acceptance."""
    return step.action is Action.CAPTURE and step.outcome == Outcome.ACCEPT.value
