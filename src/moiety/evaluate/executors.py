"""Where the work is done: here, in several processes, or on a Dask cluster, by the same code."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import cv2

from moiety.errors import StorageError, UsageError

In = TypeVar("In")
Out = TypeVar("Out")

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
AHEAD = 4
"""Tasks in flight for each worker: enough to keep it busy, few enough to bound memory."""
MOST_WORKERS = 256
"""More processes than any machine gains from: a larger number is a slip of the finger."""
_ADDRESS = re.compile(r"[a-z]+://\S+|[^\s:/]+:\d{1,5}")


class Mapper(Protocol):
    """Applies a function to items, lazily, in order."""

    def __call__(self, do: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
        """Yield `do(item)` for each item."""
        ...


def here(do: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """Apply `do` to each item in this process, one after another."""
    return (do(item) for item in items)


def require_executor(workers: int, scheduler: str | None) -> None:
    """Refuse what no executor can be made of, before any file is read.

    Raises:
        UsageError: no such number of workers, or an address that a scheduler can't have.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise UsageError(f"--workers takes a number from 1 to {MOST_WORKERS}, not {workers}.")
    if scheduler is not None and not _ADDRESS.fullmatch(scheduler):
        raise UsageError(
            f"{scheduler!r} isn't the address of a Dask scheduler.",
            remedy="Give one such as tcp://10.0.0.5:8786.",
        )


@contextmanager
def executor(workers: int = 1, scheduler: str | None = None) -> Iterator[Mapper]:
    """A mapper over this process (one worker), `workers` processes, or the cluster at `scheduler`.

    Raises:
        UsageError: fewer than one worker, or Dask is not installed.
        StorageError: the cluster does not answer.
    """
    require_executor(workers, scheduler)
    if scheduler is not None:
        with _cluster(scheduler) as (pool, width):
            yield _over(pool, width)
    elif workers == 1:
        yield here
    else:
        with _processes(workers) as pool:
            yield _over(pool, workers)


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    # A worker is one thread wide; the number is read when numpy is first imported there.
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_thread() -> None:
    # OpenCV reads no such variable, and asks for as many threads as there are cores.
    cv2.setNumThreads(1)


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Any, int]]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--scheduler needs Dask, which is not installed.", remedy="Install moiety[scale]."
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # or it prints a traceback of its own
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"No Dask scheduler answers at {address!r}.", remedy="Start one, or leave out --scheduler."
        ) from error
    try:
        yield client.get_executor(pure=False, retries=2), max(1, sum(client.ncores().values()))
    finally:
        client.close()


def _over(pool: Any, width: int) -> Mapper:
    def run(do: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
        waiting: deque[Future[Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(do, item))
                if len(waiting) >= AHEAD * width:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    return run
