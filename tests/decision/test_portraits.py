"""A poor portrait asks for more: a rarer match, or a finger beside the face; and it never rejects."""

from __future__ import annotations

import pytest

from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison, Liveness, Outcome, PortraitEvidence
from moiety.decision.judge import judge
from moiety.decision.policy import Policy
from moiety.decision.policy_file import home_policy
from moiety.decision.portraits import for_portrait
from moiety.errors import UsageError

PLAIN = Policy(liveness="none")


def portrait(*poor: str) -> PortraitEvidence:
    return PortraitEvidence("JPEG", 40, 50, 900, None, {}, poor)


def compared(fmr: float, modality: str = "face", position: int = 0) -> Comparison:
    return Comparison(modality, position, 0.5, Rate(fmr, True, "set"), 5.0, "table")


def outcome(policy: Policy, about: PortraitEvidence | None, *made: Comparison) -> tuple[Outcome, list[str]]:
    decided, reasons = judge(made, Liveness.NONE, for_portrait(policy, about))
    return decided, [one.code for one in reasons]


@pytest.mark.parametrize("about", [None, portrait()])
def test_a_good_portrait_asks_for_no_more(about: PortraitEvidence | None) -> None:
    assert outcome(PLAIN, about, compared(9e-5))[0] is Outcome.ACCEPT
    assert outcome(PLAIN, about, compared(2e-4))[0] is Outcome.REJECT


def test_a_poor_one_is_accepted_at_a_tenth_of_the_rate_and_never_rejected() -> None:
    about = portrait("small")
    assert outcome(PLAIN, about, compared(1e-5))[0] is Outcome.ACCEPT
    for fmr in (1.1e-5, 9e-5, 2e-4, 0.5):
        decided, codes = outcome(PLAIN, about, compared(fmr))
        assert decided is Outcome.INCONCLUSIVE and codes[0] == "portrait-poor"


def test_a_finger_is_the_more_that_is_asked_for() -> None:
    about = portrait("old", "printed")
    finger, other = compared(5e-5, "finger", 2), compared(0.3, "finger", 2)
    assert outcome(PLAIN, about, compared(9e-5), finger)[0] is Outcome.ACCEPT
    assert outcome(PLAIN, about, compared(9e-5), other)[0] is Outcome.INCONCLUSIVE
    assert outcome(PLAIN, about, compared(2e-4), finger)[0] is Outcome.INCONCLUSIVE


def test_a_policy_may_refuse_or_ask_for_no_more(tmp_path: object) -> None:
    about = portrait("weak")
    refuse, same = PLAIN.changed(poor_portrait="refuse"), PLAIN.changed(poor_portrait="same")
    assert outcome(refuse, about, compared(1e-9))[0] is Outcome.INCONCLUSIVE
    assert outcome(same, about, compared(9e-5))[0] is Outcome.ACCEPT
    assert outcome(same, about, compared(2e-4))[0] is Outcome.REJECT
    assert PLAIN.changed().poor_portrait == "more"
    with pytest.raises(UsageError):
        Policy(poor_portrait="accept")  # type: ignore[arg-type]


def test_liveness_is_asked_for_as_of_any_reference() -> None:
    decided, codes = outcome(Policy(), portrait("small"), compared(1e-9))
    assert (decided, codes) == (Outcome.INCONCLUSIVE, ["liveness-none"])


def test_a_home_says_it_in_its_policy(tmp_path: object) -> None:
    from pathlib import Path

    home = Path(str(tmp_path))
    (home / "policy.json").write_text('{"poor_portrait": "refuse"}')
    assert home_policy(home).poor_portrait == "refuse"
    (home / "policy.json").write_text('{"poor_portrait": "maybe"}')
    with pytest.raises(UsageError):
        home_policy(home)
