"""F10, F25: a web worker dies when a file that was sent is kept, and before it is written down."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import EnvironBuilder

from inventory.rules import LEAST_PHOTOGRAPH_SIDE
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import FileStore
from tests.factories.accounts import browser
from tests.factories.permits import Desk, make_desk, paper
from tests.fakes import FakeProvider
from tests.faults.conftest import ROOT, kill_group, seconds_until
from tests.inventory.pictures import jpeg, pdf
from tests.inventory.web.sent_tables import PAGE
from tests.snapshots import snapshot_of
from worker.sweeping import FOLDERS, ORPHAN_AGE, sweep_files

pytestmark = pytest.mark.processes

Form = tuple[str, dict[str, Any]]
"""Where a form goes, and what is in it."""


def photograph(desk: Desk) -> Form:
    picture = BytesIO(jpeg(LEAST_PHOTOGRAPH_SIDE, LEAST_PHOTOGRAPH_SIDE)), "roti.jpg", "image/jpeg"
    said = {"alt_id": "Roti tawar di atas meja", "alt_en": "", "nobody": "y", "file": picture}
    return f"/staff/foto/produk/{desk.bread}/kirim", said


def scan(desk: Desk) -> Form:
    return desk.new, {**paper(desk), "scan": (BytesIO(pdf()), "izin.pdf", "application/pdf")}


def table(_desk: Desk) -> Form:
    written = BytesIO("Kode UPT;SKU;Perubahan (+/−);Alasan\n".encode())
    return PAGE, {"key": str(uuid4()), "file": (written, "stok.csv", "text/csv")}


@pytest.fixture
def desk(app: Flask, empty_store: FileStore) -> Desk:
    with app.app_context(), transaction() as session:
        return make_desk(session)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


@contextmanager
def doomed_workers(app: Flask, folder: Path) -> Iterator[tuple[int, IO[bytes]]]:
    """A web server on the same database and files: its port, and the ids of workers that are to be killed."""
    config = app.extensions["lapak"]
    addresses = (config.database_url, config.broker_url, config.files_url)
    command = [sys.executable, "-m", "tests.faults.keeping_files", *addresses]
    with (
        (folder / "web.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        ) as server,
    ):
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline()), server.stdout
        finally:
            kill_group(server)


def send(port: int, client: FlaskClient, form: Form) -> http.client.HTTPConnection:
    """Send a form as this browser would; nobody waits for the answer."""
    address, data = form
    cookie = client.get_cookie("lapak")
    assert cookie is not None
    with closing(EnvironBuilder(path=address, method="POST", data=data)) as builder:
        sent = builder.get_request()
        body, kind = sent.get_data(), sent.headers["Content-Type"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"lapak={cookie.value}", "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
    connection.request("POST", address, body, headers)
    return connection


def lying(app: Flask) -> set[str]:
    """The keys of all files there are."""
    store: FileStore = app.extensions["files"]
    return {file.key for folder in FOLDERS for file in store.list(folder.name)}


def begun(app: Flask) -> int:
    """How many transactions are open in the midst: the database has yet to hear that their worker died."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = :state"
    with app.app_context():
        found: int = db.session.execute(text(query), {"state": "idle in transaction"}).scalar_one()
    return found


def sweep(app: Flask, **later: int) -> int:
    """Sweep as if so much time had gone by."""
    with app.app_context():
        return sweep_files(FakeProvider(), now() + timedelta(**later) - ORPHAN_AGE)


def test_f25_what_a_killed_worker_kept_is_nobodys_and_sent_again_it_counts(
    app: Flask, officer: FlaskClient, desk: Desk, tmp_path: Path
) -> None:
    with doomed_workers(app, tmp_path) as (port, stopped):
        for upload in (photograph, scan, table):
            rows, files = snapshot_of(app), lying(app)
            with closing(send(port, officer, upload(desk))):
                os.kill(int(stopped.readline()), signal.SIGKILL)
            seconds_until(lambda: not begun(app), at_most=60)
            assert snapshot_of(app) == rows, upload
            assert len(lying(app) - files) == 1, upload
            assert sweep(app, hours=23) == 0, "somebody may be about to write its row"
            assert sweep(app, hours=25) == 1, upload
            assert lying(app) == files
            address, data = upload(desk)
            assert officer.post(address, data=data).status_code == 303, upload
            assert len(lying(app) - files) == 1
            assert sweep(app, hours=25) == 0, upload
