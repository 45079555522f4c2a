"""Files under keys: one store, a folder of this machine or a bucket that speaks S3, both through obstore."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from flask import current_app
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from kernel import log
from kernel.config import Config
from kernel.errors import DomainError, NotFound, Unavailable
from kernel.outbox import Event

if TYPE_CHECKING:
    from obstore.store import S3Config  # known to the type checker alone

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]+)?\Z")
_PATIENCE = timedelta(seconds=10)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FilesToForget(Event):
    """These files are no longer anybody's and are to be deleted."""

    keys: list[str]


class FileMissing(NotFound):
    """No file lies under this key."""

    code = "file_missing"


class FilesUnavailable(Unavailable):
    """The store does not answer, or refuses us."""

    code = "files_unavailable"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a listing names it: its size in bytes and when it was last written, UTC."""

    key: str
    size: int
    written_at: datetime


class FileStore:
    """Bytes under keys like `photographs/ab12/640.webp`: lower-case words, slashes, one ending.

    A file appears whole or not at all, and a second `put` replaces it. No call waits longer than ten seconds
    for a distant store; every call may raise FilesUnavailable. Call it outside transactions.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        # opened by the first call: its threads would not outlive the fork of a web server or worker
        return _open(self._config)

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`."""
        try:
            obstore.put(self._store, _checked(key), content)
        except (BaseError, OSError) as error:
            log.alarm(_logger, "a file cannot be kept", error=str(error))
            raise FilesUnavailable from error

    def get(self, key: str) -> bytes:
        """What lies under `key`. Raises FileMissing."""
        try:
            return bytes(obstore.get(self._store, _checked(key)).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise FileMissing from error
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    def exists(self, key: str) -> bool:
        """Whether a file lies under `key`."""
        try:
            obstore.head(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError):
            return False
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error
        return True

    def delete(self, key: str) -> None:
        """Forget `key`; one that is not there is forgotten already."""
        try:
            obstore.delete(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    def list(self, folder: str) -> Iterator[StoredFile]:
        """Every file below `folder` ("photographs"), in no order."""
        try:
            for page in obstore.list(self._store, prefix=_checked(folder)):
                for found in page:
                    yield StoredFile(found["path"], found["size"], found["last_modified"])
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error


def files() -> FileStore:
    """The store of the app at hand."""
    store: FileStore = current_app.extensions["files"]
    return store


@contextmanager
def kept(key: str, content: bytes) -> Iterator[str]:
    """Keep a file while what names it is written; a refusal leaves none. Raises FilesUnavailable.

    When nobody knows whether it was written down, as when the database's answer is lost, the file stays: the
    sweeper takes it if no row names it.
    """
    files().put(key, content)
    try:
        yield key
    except DomainError:
        files().delete(key)
        raise


def _checked(key: str) -> str:
    """A key nobody can leave the store with. Raises ValueError: keys are made by us, never by a visitor."""
    if not _KEY.match(key):
        raise ValueError(f"not a key of a file: {key!r}")
    return key


def _open(config: Config) -> LocalStore | S3Store:
    address = urlsplit(config.files_url)
    if address.scheme != "s3":
        folder = Path(config.files_url)
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    bucket: S3Config = {
        "access_key_id": config.files_key_id,
        "secret_access_key": config.files_secret,
        "region": config.files_region,
        "virtual_hosted_style_request": not config.files_endpoint,
    }
    if config.files_endpoint:
        bucket["endpoint"] = config.files_endpoint
    return S3Store(
        address.netloc,
        prefix=address.path.strip("/") or None,
        config=bucket,
        client_options={
            "allow_http": config.files_endpoint.startswith("http://"),
            "connect_timeout": "2s",
            "timeout": _PATIENCE,
        },
        retry_config={"max_retries": 2, "retry_timeout": _PATIENCE},
    )
