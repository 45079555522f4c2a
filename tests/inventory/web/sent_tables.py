"""Tables that officers send in, and what the worker does with them, without a worker."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from inventory.events import SheetConfirmed, SheetSent
from inventory.models import SheetImport
from kernel.clock import now
from kernel.db import transaction
from tests.fakes import FakeProvider
from tests.uploads import send_file
from worker import tables as worker

PAGE = "/staff/stok/impor"


def post(
    client: FlaskClient, content: bytes | str, *, key: str | None = None, page: str = PAGE
) -> TestResponse:
    """Send a file."""
    raw = content.encode() if isinstance(content, str) else content
    return send_file(client, page, raw, name="stok.csv", kind="text/csv", key=key or str(uuid4()))


def sent(client: FlaskClient, content: bytes | str, *, page: str = PAGE) -> str:
    """Send a file and have the worker read it; the address of its page."""
    answer = post(client, content, page=page)
    assert answer.status_code == 303, answer.text
    work(client.application)
    return str(answer.location)


def work(app: Flask) -> None:
    """What the worker does with tables that wait."""
    with app.app_context():
        with transaction() as session:
            waiting = session.execute(select(SheetImport.id, SheetImport.state)).all()
        for import_id, state in waiting:
            if state == "reading":
                event = SheetSent(import_id)
                with transaction() as session:
                    reading = worker.ask_read(session, event)
                assert reading is not None
                read = worker.read_table(FakeProvider(), reading)
                with transaction() as session:
                    worker.apply_read(session, event, read, at=now())
            elif state == "applying":
                with transaction() as session:
                    worker.apply_confirmed(session, SheetConfirmed(import_id), at=now())


def book(*rows: Sequence[Any]) -> bytes:
    """A workbook of these rows; a day is written as one."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "dd/mm/yyyy"}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()
