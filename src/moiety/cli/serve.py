"""Run the service: operators, ceremonies, status and consent over HTTP, in one process."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from moiety.cli.listening import port, take
from moiety.cli.output import Output
from moiety.errors import HomeError, MoietyError, StorageError, UsageError
from moiety.files import read_bounded

if TYPE_CHECKING:
    from fastapi import FastAPI

    from moiety.service.listening.addresses import TrustedProxies
    from moiety.service.settings import Oidc
    from moiety.service.state import State

DEFAULT_PORT: Final = 8000
LAN_PORT: Final = 8443
HOST: Final = "127.0.0.1"
logger: Final = logging.getLogger("moiety.service")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety serve`."""
    parser.add_argument("--home", required=True, type=Path, metavar="DIR", help="the home to work with")
    parser.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=port, help="the port (default: 8000; with --lan 8443)")
    parser.add_argument(
        "--lan", action="store_true", help="for phones on the local network: own certificate, a code to join"
    )
    parser.add_argument(
        "--origin", metavar="URL", help="where browsers reach it (default: http://localhost:PORT)"
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="address or network of a proxy whose X-Forwarded-For is believed; repeat for more",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql://USER@HOST/NAME (default: a file of SQLite in the home)",
    )
    parser.add_argument(
        "--invite-administrator",
        action="store_true",
        help="print a code for a new administrator, where the others cannot sign in any more",
    )
    parser.add_argument(
        "--oidc-issuer", metavar="URL", help="an OpenID provider through which operators may sign in"
    )
    parser.add_argument("--oidc-client", metavar="ID", help="the name under which it knows this service")
    parser.add_argument(
        "--oidc-secret-file",
        type=Path,
        metavar="F",
        help="file whose first line is the shared secret",
    )
    parser.add_argument("--traces", type=Path, metavar="F", help="write OpenTelemetry spans to this file")
    parser.add_argument(
        "--unsafe-no-liveness",
        action="store_true",
        help="compare captures that show no liveness; every answer repeats it",
    )
    parser.add_argument(
        "--enrol-from-files",
        action="store_true",
        help="take uploaded pictures at an enrolment, which can be morphs; their codes say so",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Serve until interrupted."""
    try:
        import uvicorn  # noqa: F401 (with the others, so that one message names what is missing)

        from moiety.service.app import create_app
        from moiety.service.first_run import first_run_code
        from moiety.service.memory import give_back
        from moiety.service.observe import log_to, traces_to
        from moiety.service.settings import Settings
    except ImportError as error:
        raise UsageError(
            f"The service needs libraries that are not installed ({error.name}).",
            remedy="Install them: pip install 'moiety[serve]'.",
        ) from error
    _no_core_dumps()
    give_back()
    place = _place(args)
    settings = Settings(
        home=args.home,
        origin=place.origin,
        lan=args.lan,
        database=args.database,
        unsafe_no_liveness=args.unsafe_no_liveness,
        enrol_from_files=args.enrol_from_files,
        oidc=_oidc(args),
        trusted_proxies=tuple(args.trusted_proxy),
    )
    log_to()
    with _listening(place) as listener:  # before a code is printed that nobody could use
        app = create_app(settings, tracers=None if args.traces is None else traces_to(args.traces))
        out.say(f"Serving {settings.site} from {args.home} (interrupt to end).", "good")
        code = first_run_code(app.state.moiety, again=args.invite_administrator)
        if code is not None:
            _welcome(settings.site, code, out)
        if args.lan:
            _invite(app.state.moiety, place, out)
        if settings.unsafe_no_liveness:
            out.note("UNSAFE: captures need not show liveness. A printed photograph will pass.", "bad")
        _serve(app, listener, place, settings.proxies)
    return 0


@contextlib.contextmanager
def _listening(place: _Place) -> Iterator[socket.socket]:
    """The socket, closed at the end. What hinders the start is in the log too."""
    try:
        with take(place.host, place.port) as listener:
            yield listener
    except MoietyError as error:
        logger.error("start failed", extra={"error": error.code})
        raise


def _serve(app: FastAPI, listener: socket.socket, place: _Place, proxies: TrustedProxies) -> None:
    """Serve until interrupted.

    Raises:
        HomeError: the files of TLS cannot be used.
        StorageError: the application could not start.
    """
    from moiety.service.listening.server import server_of

    server = server_of(app, proxies, certificate=place.certificate, key=place.key)
    try:
        with contextlib.suppress(SystemExit):  # its code would be that of a code that is refused
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    except OSError as error:  # the files of TLS, which uvicorn reads
        raise HomeError(
            "The certificate or the key in lan/ can't be used.", remedy="Delete the folder lan/ in the home."
        ) from error
    if not server.started:
        raise StorageError("The service could not start.", remedy="See its log above.")


def _welcome(site: str, code: str, out: Output) -> None:
    """Say how the first administrator comes in."""
    out.say("ADMINISTRATOR'S CODE (open the page on a computer to set this service up):", "bold")
    out.say(f"To become an administrator, open {site} within the hour and enter this code:")
    out.say(f"  {code}", "bold")
    out.say("It works once. Starting again without an administrator prints a new one, and ends this one.")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the service listens, and as what browsers know it."""

    host: str
    port: int
    origin: str
    certificate: Path | None = None
    key: Path | None = None
    fingerprint: str = ""


def _place(args: argparse.Namespace) -> _Place:
    if not args.lan:
        port = DEFAULT_PORT if args.port is None else args.port
        origin = f"http://localhost:{port}" if args.origin is None else args.origin
        return _Place(HOST if args.host is None else args.host, port, origin)
    from moiety.service import lan

    if args.origin is not None:
        raise UsageError("With --lan the address is this machine's own.", remedy="Leave out --origin.")
    hosts = lan.addresses() if args.host is None else (args.host,)
    made = lan.certificate(args.home, hosts)
    port = LAN_PORT if args.port is None else args.port
    named = f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0]
    return _Place(hosts[0], port, f"https://{named}:{port}", made.certificate, made.key, made.fingerprint)


def _invite(state: State, place: _Place, out: Output) -> None:
    """Say how a phone joins: the certificate's fingerprint to compare, and an invitation to scan."""
    import segno

    from moiety.service.parameters import FIRST_RUN_S
    from moiety.service.roles import Role
    from moiety.service.routes.operators import invitation

    roles = frozenset({Role.ENROLLER, Role.VERIFIER})
    code = invitation(state, "Phone on the local network", roles, FIRST_RUN_S)[0]
    drawn = io.StringIO()
    segno.make_qr(f"{place.origin}/#join={code}").terminal(drawn, compact=True)
    out.say()
    out.say("PHONE'S CODE (for one phone that enrols and verifies; it gives no administration):", "bold")
    out.say(f"Certificate, SHA-256: {place.fingerprint}")
    out.say("To join with a phone, scan this within the hour (once), or open the address and enter the code:")
    out.say(drawn.getvalue())
    out.say(f"  {code}", "bold")


def _oidc(args: argparse.Namespace) -> Oidc | None:
    from moiety.service.settings import Oidc

    given = (args.oidc_issuer, args.oidc_client, args.oidc_secret_file)
    if given == (None, None, None):
        return None
    if None in given:
        raise UsageError("An OpenID provider needs --oidc-issuer, --oidc-client and --oidc-secret-file.")
    secret = read_bounded(args.oidc_secret_file, 4096, what="secret").decode("utf-8", "replace").strip()
    if not secret or not secret.isprintable():
        raise UsageError(
            f"The file {args.oidc_secret_file.name!r} holds no secret.", remedy="Put the secret in one line."
        )
    from moiety.service.oidc import require_secure

    require_secure(args.oidc_issuer)  # before the database is opened
    return Oidc(args.oidc_issuer, args.oidc_client, secret)


def _no_core_dumps() -> None:
    """A core dump would write what is in memory to the disk."""
    with contextlib.suppress(ImportError):  # no such thing on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
