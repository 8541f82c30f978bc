"""The files of the pages. None of their folders has a page of its own, so nobody is sent anywhere else."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Pages(StaticFiles):
    """Starlette's files, without its redirect to a folder: that takes its host from the request."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at a path.

        Raises:
            HTTPException: there is none.
        """
        answer = await super().get_response(path, scope)
        if isinstance(answer, RedirectResponse):
            raise HTTPException(404)
        return answer
