"""Tell the whole story on real faces, and write it as one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from moiety.cli.output import Output, Tone
from moiety.credential.code import render as render_code
from moiety.credential.profiles import printed_mm
from moiety.demo.page import render
from moiety.demo.story import Scene, tell
from moiety.files import make_folder, write_atomically

_TONE: Final[dict[str, Tone]] = {"accept": "good", "reject": "bad", "refused": "bad", "inconclusive": "warn"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety demo`."""
    parser.add_argument(
        "--out", default="demo-output", metavar="DIR", help="where to write (default: demo-output)"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety demo`."""
    folder = Path(args.out)
    make_folder(folder)
    out.say(
        "One person enrols; eight scenes follow: real faces (London set, CC BY 4.0), synthetic prints.",
        "bold",
    )

    def show(scene: Scene) -> None:
        out.say(f"\n{scene.title}")
        out.say(f"  {scene.outcome.upper()}", _TONE[scene.outcome])
        reasons = (
            [str(scene.refusal)] if scene.decision is None else [one.text for one in scene.decision.reasons]
        )
        for reason in reasons:
            out.say(f"  {reason}")

    story = tell(show)
    code = story.credential
    png = render_code(code, ".png")
    version = code.version
    facts = {
        "issuer": code.claims.issuer,
        "size": f"{len(code.text)} characters of QR text"
        + ("" if version is None else f", version {version}-M"),
        "printed": "" if version is None else f"{printed_mm(version):.0f} mm wide at 0.4 mm a module",
        "what it shows": "issuer, dates, a random identifier, where its status is kept",
        "what it hides": "the template: only the verifier group's key opens it",
    }
    write_atomically(folder / "code.png", png)
    write_atomically(folder / "card.pdf", render_code(code, ".pdf"))
    page = folder / "index.html"
    write_atomically(page, render(story, png, facts).encode())
    out.say(f"\nThe page with pictures, code, curves and reasons: {page}", "bold")
    out.say(f"The code: {folder / 'code.png'}; the card to print: {folder / 'card.pdf'}")
    return 0
