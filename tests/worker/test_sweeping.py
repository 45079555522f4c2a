"""Sweeping the file store: in each folder what a row owns stays, what nobody owns goes after a day."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from kernel.clock import now
from kernel.db import transaction
from kernel.files import FileStore
from orders.rules.allocation import Wish
from privacy.models import DataExport
from privacy.services.exporting import file_key
from tests.factories.accounts import make_user
from tests.factories.inventory import make_permit, make_product
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.photographs import make_photograph
from tests.factories.placing import make_shop
from tests.factories.problems import make_problem
from tests.factories.reviews import make_delivered_order, make_review, sent_picture
from tests.fakes import FakeProvider
from worker.sweeping import FOLDERS, sweep_files


def _keys(store: FileStore) -> set[str]:
    return {file.key for folder in FOLDERS for file in store.list(folder.name)}


def _sweep(app: Flask, *, hours: int) -> int:
    """Sweep as if so many hours had gone by."""
    with app.app_context():
        return sweep_files(FakeProvider(), now() + timedelta(hours=hours - 24))


def test_what_a_row_owns_stays_and_what_nobody_owns_goes(app: Flask, empty_store: FileStore) -> None:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=now())
        _, picture = make_problem(session, parcel_of(session, order, shop.garut), at=now())
        photograph = make_photograph(session, make_product(session), at=now())
        copy = DataExport(key=uuid4(), user_id=make_user(session).id, asked_at=now())  # still being packed
        session.add(copy)
        reviewed = sent_picture("reviews")
        arrived = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=now())
        make_review(session, arrived, at=now(), pictures=[reviewed])
        owned = {
            *(f"problems/{picture}.jpg", f"photographs/{photograph}/original.jpg"),
            *(reviewed.file_key, file_key(copy.key)),
            make_permit(session, shop.garut, scan_file=f"permits/{uuid4()}.pdf").scan_file,
        }
    orphans = {
        *(f"problems/{uuid4()}.jpg", f"photographs/{uuid4()}/x-320.avif"),
        *(f"reviews/{uuid4()}.jpg", file_key(uuid4()), f"tables/{uuid4()}"),
        f"permits/{uuid4()}.pdf",
    }
    assert {key.split("/")[0] for key in orphans} == {folder.name for folder in FOLDERS}
    for key in owned | orphans:
        empty_store.put(key, b"a file")
    assert _sweep(app, hours=23) == 0
    assert _keys(empty_store) == owned | orphans
    assert _sweep(app, hours=25) == len(orphans)
    assert _keys(empty_store) == owned
    assert _sweep(app, hours=25) == 0


def test_what_lies_elsewhere_is_not_touched(app: Flask, empty_store: FileStore) -> None:
    empty_store.put("elsewhere/note.txt", b"not ours to sweep")
    try:
        assert _sweep(app, hours=1000) == 0
        assert empty_store.exists("elsewhere/note.txt")
    finally:
        empty_store.delete("elsewhere/note.txt")


def test_many_orphans_go_in_several_bites(
    app: Flask, empty_store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.sweeping._AT_ONCE", 2)
    for _ in range(5):
        empty_store.put(f"problems/{uuid4()}.jpg", b"a file")
    assert _sweep(app, hours=25) == 5
    assert _keys(empty_store) == set()
