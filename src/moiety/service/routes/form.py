"""The forms of the ceremonies: pictures and fields, read into memory and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, File, Form, Request, UploadFile

from moiety.credential.code import Credential
from moiety.errors import ImageTooLarge, RequestMalformed
from moiety.image import MAX_BYTES
from moiety.liveness.challenge import Motion
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.parameters import MOST_FRAMES

FingerName = Literal[
    "right-thumb", "right-index", "right-middle", "right-ring", "right-little",
    "left-thumb", "left-index", "left-middle", "left-ring", "left-little",
]  # fmt: skip
Language = Annotated[Literal["en", "ar", "es"], Form(description="In which language to tell reasons.")]
Nonce = Annotated[str, Form(pattern="^[0-9a-f]{64}$", description="What the begin gave.")]
Pin = Annotated[
    str | None, Form(min_length=4, max_length=64, description="The holder's PIN, where there is one.")
]
LEAST_DOCUMENT_TEXT = 64
"""A signature alone takes 96 characters of base45."""

MOST_DOCUMENT_TEXT = 700_000
"""Characters of a document: a mobile document with a portrait of 500 kB, as a data URL."""

DOCUMENT_TEXT = (
    "The code's text, as a scanner reads it (base45); or an SD-JWT VC with its disclosures; or a mobile "
    "document as data:application/cbor;base64,..."
)
CodeText = Annotated[
    str, Form(min_length=LEAST_DOCUMENT_TEXT, max_length=MOST_DOCUMENT_TEXT, description=DOCUMENT_TEXT)
]


async def pictured(
    request: Request,
    face: Annotated[
        list[UploadFile], File(description="Pictures of the face: 2 to 5 to enrol; one to verify.")
    ] = [],  # noqa: B006 (FastAPI copies defaults)
    finger: Annotated[list[UploadFile], File(description="Scans of prints.")] = [],  # noqa: B006
    finger_name: Annotated[list[FingerName], Form(description="For each scan its finger.")] = [],  # noqa: B006
    left_hand: Annotated[UploadFile | None, File(description="Four fingers of the left hand.")] = None,
    right_hand: Annotated[UploadFile | None, File(description="Four fingers of the right hand.")] = None,
) -> Captured:
    """What was captured for a ceremony, as the form has it: pictures, and no live capture.

    Raises:
        RequestMalformed: names do not go with the pictures, or frames of a live capture came.
        ImageTooLarge: a picture has more bytes than any may have.
    """
    if {"frame", "frame_ms", "motion"} & (await request.form()).keys():
        raise RequestMalformed(
            "The frames of a live capture do not come in one request: it has no clock.",
            remedy="Send each as it is taken, through the WebSocket /v1/capture/{ceremony}.",
        )
    return await captured(
        face=face, finger=finger, finger_name=finger_name, left_hand=left_hand, right_hand=right_hand
    )


async def captured(
    face: Annotated[
        list[UploadFile], File(description="Pictures of the face: 2 to 5 to enrol; one to verify.")
    ] = [],  # noqa: B006 (FastAPI copies defaults)
    frame: Annotated[list[UploadFile], File(description="The frames of the liveness challenge.")] = [],  # noqa: B006
    frame_ms: Annotated[
        list[float], Form(description="For each frame its time, in milliseconds from the first prompt.")
    ] = [],  # noqa: B006
    motion: Annotated[Motion, Form(description="Which challenge the frames answer.")] = "turn",
    finger: Annotated[list[UploadFile], File(description="Scans of prints.")] = [],  # noqa: B006
    finger_name: Annotated[list[FingerName], Form(description="For each scan its finger.")] = [],  # noqa: B006
    left_hand: Annotated[UploadFile | None, File(description="Four fingers of the left hand.")] = None,
    right_hand: Annotated[UploadFile | None, File(description="Four fingers of the right hand.")] = None,
) -> Captured:
    """What was captured in practice, as the form has it.

    Raises:
        RequestMalformed: names or times do not go with the pictures.
        ImageTooLarge: a picture has more bytes than any may have.
    """
    if len(frame) != len(frame_ms) or len(frame) > MOST_FRAMES:
        raise RequestMalformed(f"Each frame has its time in frame_ms, and there are at most {MOST_FRAMES}.")
    if len(finger) != len(finger_name) or len(set(finger_name)) != len(finger_name):
        raise RequestMalformed("Each scan has its finger in finger_name, and no finger twice.")
    times = zip(frame_ms, frame, strict=True)
    scans = zip(finger_name, finger, strict=True)
    hands = {"left": left_hand, "right": right_hand}
    return Captured(
        faces=tuple([await read(one) for one in face]),
        frames=tuple([(at, await read(one)) for at, one in times]),
        motion=motion,
        fingers={name: await read(one) for name, one in scans},
        hands={side: await read(one) for side, one in hands.items() if one is not None},
    )


def presented_code(code: CodeText) -> Credential:
    """The one code of ours that the holder presents, for what is done with codes alone.

    Raises:
        CodeUnreadable, CodeMalformed: it cannot be read.
    """
    return Credential.from_text(code)


@dataclass(frozen=True, slots=True, repr=False)
class Matching:
    """What completes a ceremony at whose end a code of ours is opened for its holder.

    Attributes:
        identifier: the ceremony's, 16 bytes.
        nonce: what the begin gave, 32 bytes.
        code: the code that it was begun for.
        capture: its holder, as captured now.
        pin: the holder's, where there is one.
        language: in which to tell reasons.
    """

    identifier: bytes
    nonce: bytes
    code: Credential
    capture: Captured
    pin: str | None
    language: str


def matching(
    ceremony: str,
    nonce: Nonce,
    code: Annotated[Credential, Depends(presented_code)],
    capture: Annotated[Captured, Depends(pictured)],
    pin: Pin = None,
    language: Language = "en",
) -> Matching:
    """The ceremony of the address, and what its form holds.

    Raises:
        RequestMalformed: an identifier or a nonce that is none; and what the parts raise.
    """
    return Matching(identifier_of(ceremony), nonce_of(nonce), code, capture, pin, language)


async def read(file: UploadFile) -> bytes:
    """The bytes of one picture.

    Raises:
        ImageTooLarge: more than any may have.
    """
    if file.size is not None and file.size > MAX_BYTES:
        raise ImageTooLarge("A picture has more bytes than any may have.")
    data = await file.read()
    await file.close()  # or its bytes would be held twice
    return data
