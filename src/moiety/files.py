"""Files written whole or not at all, and read within bounds."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from moiety.errors import DocumentUnreadable, InputError, PermissionsTooOpen, StorageError


def write_atomically(path: str | Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never a part.

    The bytes go to a temporary file in the same directory, are flushed to the disk, and are renamed into
    place. On any failure the temporary file is removed and the old file is as it was. The process's umask
    takes from `mode` what it takes from every new file.

    Raises:
        StorageError: the disk is full, read-only or gone.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise StorageError(
            f"Could not write {target.name}: its folder does not exist.", remedy="Make the folder first."
        )
    temporary: Path | None = None
    try:
        name = target.parent / f".{target.name}.{secrets.token_hex(8)}.tmp"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        temporary = name
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"Could not write {target.name}: {error.strerror or 'the disk refused'}."
        ) from error
    _flush_directory(target.parent)


def require_writable(path: str | Path) -> None:
    """Refuse a file that could not be written, before anything is done that would have to be undone.

    Raises:
        StorageError: a folder has that name, or its folder isn't there or can't be written to.
    """
    target = Path(path)
    if target.is_dir():
        raise StorageError(f"Could not write {target.name}: a folder has that name.", remedy="Name a file.")
    if not target.parent.is_dir():
        raise StorageError(
            f"Could not write {target.name}: its folder does not exist.", remedy="Make the folder first."
        )
    if not os.access(target.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise StorageError(f"Could not write {target.name}: its folder can't be written to.")


def make_folder(folder: Path) -> None:
    """Make a folder that receives files, and the folders above it.

    Raises:
        StorageError: a file is in its place, or the disk refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file has that name" if in_the_way else (error.strerror or "the disk refused")
        remedy = "Choose another folder." if in_the_way else None
        raise StorageError(f"Could not make the folder {folder.name!r}: {reason}.", remedy=remedy) from error


def _flush_directory(directory: Path) -> None:
    """Make a rename durable. Some file systems do not support it; the data is flushed all the same."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)


def read_bounded(
    path: str | Path, limit: int, *, what: str, error: type[InputError] = DocumentUnreadable
) -> bytes:
    """Read a file of at most `limit` bytes; `what` names it in the message.

    Raises:
        InputError: of the kind `error`, when the file is missing, unreadable, not a file, or larger.
    """
    source = Path(path)
    try:
        if not source.is_file():
            reason = "is not a file" if source.exists() else "does not exist"
            raise error(f"The {what} {source.name!r} {reason}.", remedy="Check the name and try again.")
        with source.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError) as failure:
        raise error(
            f"The {what} {source.name!r} cannot be read.", remedy="Check its permissions."
        ) from failure
    if len(data) > limit:
        raise error(
            f"The {what} {source.name!r} is larger than {limit:,} bytes.", remedy="Give a smaller file."
        )
    return data


def refuse_if_others_write(path: Path) -> None:
    """Refuse a file or folder that decides about people where others than its owner could change it.

    Raises:
        PermissionsTooOpen: its mode lets others write, or it belongs to another user.
    """
    if os.name != "posix" or not path.exists():
        return
    status = path.stat()
    if status.st_uid not in (os.geteuid(), 0):
        raise PermissionsTooOpen(f"{path.name} belongs to another user.", remedy="Run as its owner.")
    if status.st_mode & 0o022:
        raise PermissionsTooOpen(
            f"{path.name} has mode {stat.S_IMODE(status.st_mode):04o}: others could change what it decides.",
            remedy=f"Let only the owner write: chmod go-w {path}",
        )
