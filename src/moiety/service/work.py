"""The heavy work of captures: one thread a core, each with its own networks, behind a bounded queue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import Final, TypeVar

import cv2

from moiety.errors import Overloaded
from moiety.service.parameters import WAIT_S, WAITING

Result = TypeVar("Result")


class Work:
    """Runs captures. Threads of its own: the networks of OpenCV keep buffers, one set a thread."""

    def __init__(self, workers: int, *, waiting: int = WAITING, wait_s: float = WAIT_S) -> None:
        cv2.setNumThreads(1)  # requests share the cores among them; none takes them all
        self._pool: Final = ThreadPoolExecutor(workers, thread_name_prefix="capture")
        self._places: Final = threading.BoundedSemaphore(workers + waiting)
        self._wait_s: Final = wait_s

    def run(self, task: Callable[[], Result]) -> Result:
        """Run a task and wait for it; whatever it raises is raised here.

        Raises:
            Overloaded: too many wait already, or no core became free in time; then it never runs.
        """
        if not self._places.acquire(blocking=False):
            raise Overloaded("Too many captures at once.")
        future: Future[Result] = self._pool.submit(task)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return future.result(self._wait_s)
        except TookTooLong as error:
            if future.cancel():
                raise Overloaded("No core became free in time.") from error
            return future.result()  # it runs: its end is near

    def close(self) -> None:
        """End the threads once they are idle."""
        self._pool.shutdown(wait=False, cancel_futures=True)
