"""Run the service: operators, ceremonies, status and consent over HTTP, in one process."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from moiety.cli.output import Output
from moiety.errors import UsageError
from moiety.files import read_bounded

if TYPE_CHECKING:
    from moiety.service.settings import Oidc

DEFAULT_PORT: Final = 8000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety serve`."""
    parser.add_argument("--home", required=True, type=Path, metavar="DIR", help="the home to work with")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the port (default: 8000)")
    parser.add_argument(
        "--origin", metavar="URL", help="where browsers reach it (default: http://localhost:PORT)"
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


def run(args: argparse.Namespace, out: Output) -> int:
    """Serve until interrupted."""
    try:
        import uvicorn

        from moiety.service.app import create_app
        from moiety.service.first_run import first_run_code
        from moiety.service.observe import log_to, traces_to
        from moiety.service.settings import Settings
    except ImportError as error:
        raise UsageError(
            f"The service needs libraries that are not installed ({error.name}).",
            remedy="Install them: pip install 'moiety[serve]'.",
        ) from error
    _no_core_dumps()
    settings = Settings(
        home=args.home,
        origin=f"http://localhost:{args.port}" if args.origin is None else args.origin,
        database=args.database,
        unsafe_no_liveness=args.unsafe_no_liveness,
        oidc=_oidc(args),
    )
    log_to()
    app = create_app(settings, tracers=None if args.traces is None else traces_to(args.traces))
    out.say(f"Serving {settings.site} from {args.home} (interrupt to end).", "good")
    code = first_run_code(app.state.moiety, again=args.invite_administrator)
    if code is not None:
        out.say(f"To become an administrator, open {settings.site} within the hour and enter this code:")
        out.say(f"  {code}", "bold")
    if settings.unsafe_no_liveness:
        out.note("UNSAFE: captures need not show liveness. A printed photograph will pass.", "bad")
    uvicorn.run(app, host=args.host, port=args.port, log_config=None, access_log=False, server_header=False)
    return 0


def _oidc(args: argparse.Namespace) -> Oidc | None:
    from moiety.service.settings import Oidc

    given = (args.oidc_issuer, args.oidc_client, args.oidc_secret_file)
    if given == (None, None, None):
        return None
    if None in given:
        raise UsageError("An OpenID provider needs --oidc-issuer, --oidc-client and --oidc-secret-file.")
    secret = read_bounded(args.oidc_secret_file, 4096, what="secret").decode("utf-8", "replace")
    return Oidc(args.oidc_issuer, args.oidc_client, secret.strip())


def _no_core_dumps() -> None:
    """A core dump would write what is in memory to the disk."""
    with contextlib.suppress(ImportError):  # no such thing on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
