"""A code and a picture in, an explained decision out."""

from __future__ import annotations

import argparse
from typing import Final

from moiety.cli.fingers import add_fingers, named_captures, single_captures
from moiety.cli.numbers import decimal
from moiety.cli.output import Output, Tone
from moiety.cli.pin import read_pin
from moiety.cli.printable import shown as printable
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.decision import Decision, Outcome
from moiety.decision.policy import DEMANDS, POOR_PORTRAITS, REQUIREMENTS, Policy, demands, requirement
from moiety.decision.policy_file import home_policy
from moiety.document.key_binding import Expected
from moiety.document.read import presented
from moiety.errors import UsageError
from moiety.face.embed import MODEL, require_embedder
from moiety.models import register_home
from moiety.verification import verify

EXIT: Final = {Outcome.ACCEPT: 0, Outcome.REJECT: 1, Outcome.INCONCLUSIVE: 2}
_TONE: Final[dict[Outcome, Tone]] = {
    Outcome.ACCEPT: "good",
    Outcome.REJECT: "bad",
    Outcome.INCONCLUSIVE: "warn",
}
_NEXT: Final = {
    Outcome.ACCEPT: "",
    Outcome.REJECT: "If this seems wrong, try once more in better light, or use the way without biometrics.",
    Outcome.INCONCLUSIVE: "Nothing was decided. Take another picture, or use the way without biometrics.",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety verify`."""
    parser.add_argument(
        "code", help="a picture or text file of the code, or a file of another signed document"
    )
    parser.add_argument("--home", required=True, metavar="DIR", help="the verifier's home")
    parser.add_argument("--face", metavar="P", help="a picture of the face, taken now")
    add_fingers(parser)
    parser.add_argument(
        "--require",
        choices=list(REQUIREMENTS),
        help="what must match (default: the home's policy, or else the face)",
    )
    parser.add_argument("--fmr", type=decimal, help="the false match rate to accept at (default: 1e-4)")
    parser.add_argument("--pin-file", metavar="F", help="file whose first line is the holder's PIN")
    parser.add_argument(
        "--liveness",
        choices=["required", "none"],
        help="'none' accepts a picture from a file, which shows no liveness; the decision repeats it",
    )
    parser.add_argument(
        "--poor-portrait",
        choices=list(POOR_PORTRAITS),
        help="where a document's portrait is poor: 'more' evidence (default), 'refuse', or the 'same'",
    )
    parser.add_argument(
        "--demand",
        metavar="WHAT",
        help=f"what must be known of another issuer's document, some of {','.join(DEMANDS)}",
    )
    parser.add_argument("--nonce", metavar="TEXT", help="what the holder of an SD-JWT VC was asked to sign")
    parser.add_argument("--audience", metavar="TEXT", help="for whom the holder was asked to sign it")
    parser.add_argument("--model", default=MODEL, metavar="ID", help="a face model of the operator's")
    parser.add_argument("--json", action="store_true", help="print the decision as JSON")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety verify`."""
    fingers, hands = named_captures(args)
    if args.face is None and not fingers and not hands:
        raise UsageError("Nothing was captured.", remedy="Give --face P, --finger NAME=P or --hand SIDE=P.")
    policy = _policy(args)
    register_home(args.home)
    require_embedder(args.model)
    with out.working("Reading the code, comparing"):
        decision = verify(
            credential=presented(args.code, expected=Expected(args.nonce, args.audience)),
            face=args.face,
            fingers=single_captures(fingers),
            hands=hands,
            trust=TrustBundle.open(args.home),
            policy=policy,
            pin=None if args.pin_file is None else read_pin(args.pin_file),
            tables=Tables.of_home(args.home),
            model=args.model,
        )
    if args.json:
        out.json(decision.to_json())
    else:
        _tell(decision, out)
    return EXIT[decision.outcome]


def _policy(args: argparse.Namespace) -> Policy:
    """The home's policy, with what the command line says in its place."""
    return home_policy(args.home).changed(
        fmr=args.fmr,
        liveness=args.liveness,
        require=None if args.require is None else requirement(args.require),
        poor_portrait=args.poor_portrait,
        demands=None if args.demand is None else demands(args.demand),
    )


def _tell(decision: Decision, out: Output) -> None:
    out.say(decision.outcome.value.upper(), _TONE[decision.outcome])
    for number, reason in enumerate(decision.reasons, 1):
        out.say(f"  {number}. {reason.text}")
    captures = [
        *([] if decision.face is None else [decision.face]),
        *(one.capture for one in decision.fingers),
    ]
    told = {
        f"  Calibration {done.calibration}; the set that binds is {done.rate.binds}."
        for done in (one.comparison for one in captures)
        if done is not None
    }
    for line in sorted(told):
        out.say(line, "dim")
    about = decision.credential
    named = about.kind if about.document_type is None else f"{about.kind}, {printable(about.document_type)}"
    kind = "Code" if about.kind == "moiety" else f"Document ({named})"
    out.say(f"  {kind} of {printable(about.issuer)}, status {about.status}.", "dim")
    if about.portrait is not None:
        one = about.portrait
        poor = f"; poor: {', '.join(one.poor)}" if one.poor else ""
        out.say(f"  Portrait: {one.format}, {one.width}x{one.height} px, {one.size:,} bytes{poor}.", "dim")
    if _NEXT[decision.outcome]:
        out.say(_NEXT[decision.outcome])
