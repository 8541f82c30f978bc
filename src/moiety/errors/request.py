"""The branch of the tree for what the service does not do."""

from __future__ import annotations

from moiety.errors.base import MoietyError


class RequestRefused(MoietyError):
    """The service does not do what was asked of it."""

    code = "request-refused"


class RequestMalformed(RequestRefused):
    """Not what the route takes: its fields, or their values."""

    code = "request-malformed"
    default_remedy = "See what the route takes: /openapi.json."


class RequestTooLarge(RequestMalformed):
    """More bytes than the route takes."""

    code = "request-too-large"
    default_remedy = "Send fewer or smaller pictures."


class RequestTooSlow(RequestMalformed):
    """It took too long to arrive."""

    code = "request-too-slow"
    default_remedy = "Try again on a better line, with smaller pictures."


class MediaTypeRefused(RequestMalformed):
    """A content type that the route does not take."""

    code = "media-type-refused"


class NotSignedIn(RequestRefused):
    """Nobody is signed in, or the session or token has ended."""

    code = "not-signed-in"
    default_remedy = "Sign in, or send a valid token."


class NotAllowed(RequestRefused):
    """The role does not allow it, or the request came from another page."""

    code = "not-allowed"
    default_remedy = "Ask an administrator for the role that this needs."


class OtherPage(NotAllowed):
    """A browser says that the request came from a page of another address."""

    code = "other-page"
    default_remedy = "Open the page at the service's own address."


class NotFound(RequestRefused):
    """There is no such thing, or not for this caller."""

    code = "not-found"


class Conflict(RequestRefused):
    """It is no longer as the caller believed."""

    code = "conflict"
    default_remedy = "Look again, then decide anew."


class SeveralCodes(Conflict):
    """A short identifier that more than one code has."""

    code = "several-codes"
    default_remedy = "Scan the code, or give its whole identifier."


class CeremonyRefused(RequestRefused):
    """A ceremony that is unknown, foreign, used, expired or out of order."""

    code = "ceremony-refused"
    default_remedy = "Begin a new ceremony."


class RateLimited(RequestRefused):
    """Too many attempts."""

    code = "rate-limited"
    default_remedy = "Wait, or use the way without biometrics."
    retry_after_s: int = 60


class Overloaded(RequestRefused):
    """More at once than this machine can do."""

    code = "overloaded"
    default_remedy = "Try again in a moment."
