"""F25: the worker dies in the midst of making a photograph's files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from PIL import Image
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from inventory.models import Photograph
from kernel.clock import now
from kernel.db import db
from kernel.files import FileStore
from storefront.app import create_app
from tests.conftest import make_config
from tests.factories.inventory import make_product
from tests.factories.photographs import make_photograph
from tests.fakes import FakeProvider
from tests.faults.conftest import Broker, Shop, environ_of, kill_group, seconds_until
from tests.inventory.pictures import saved
from tests.servers import database_copy
from worker.photographs import FOLDER
from worker.sweeping import sweep_files

pytestmark = pytest.mark.processes


@dataclass
class Studio:
    """A shop with a worker and a file store."""

    shop: Shop
    store: FileStore
    database_url: str
    files_url: str

    def add(self) -> int:
        """Send a photograph in; its id."""
        with Session(self.shop.engine) as session, session.begin():
            key = make_photograph(session, make_product(session), at=now(), state="making")
            photograph = session.query(Photograph).filter_by(key=key).one()
            noise = Image.effect_noise((2400, 1800), 80)
            self.store.put(photograph.original, saved(Image.merge("RGB", (noise, noise, noise)), "JPEG"))
            return photograph.id

    def column(self, query: str, photograph_id: int) -> list[object]:
        return self.shop.column(query, id=photograph_id)

    def keys(self) -> set[str]:
        return {file.key for file in self.store.list(FOLDER)}

    def kill_in_the_midst(self, photograph_id: int) -> None:
        """kill -9 the worker and its children when some files are made, but not all."""
        steps = "SELECT steps_done FROM photographs WHERE id = :id"
        seconds_until(lambda: self.column(steps, photograph_id)[0], at_most=120)
        assert self.shop.worker is not None
        kill_group(self.shop.worker)
        assert 0 < int(str(self.column(steps, photograph_id)[0])) < 12

    def sweep(self) -> int:
        app = create_app(make_config(self.database_url, "redis://127.0.0.1:1", self.files_url))
        with app.app_context():
            try:
                return sweep_files(FakeProvider(), now() + timedelta(minutes=1))
            finally:
                db.session.remove()
                db.engine.dispose()


@pytest.fixture
def studio(broker: Broker, _servers: tuple[str, str], tmp_path: Path) -> Iterator[Studio]:
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()
    with database_copy(_servers[0], "studio") as url:
        engine: Engine = create_engine(url)
        files_url = str(tmp_path / "files")
        environ = environ_of(url, broker.url) | {"FILES_URL": files_url}
        shop = Shop(engine, environ, tmp_path / "celery.log", app="worker.celery_app:celery")
        config = replace(make_config(url, broker.url), files_url=files_url)
        try:
            yield Studio(shop, FileStore(config), url, files_url)
        finally:
            shop.stop()
            engine.dispose()


def test_f25_a_killed_worker_leaves_no_half_set_and_no_orphan(studio: Studio) -> None:
    files = "SELECT key FROM photograph_files WHERE photograph_id = :id"
    state = "SELECT state FROM photographs WHERE id = :id"
    first = studio.add()
    studio.shop.start_worker()
    studio.shop.start_beat()
    studio.kill_in_the_midst(first)
    assert studio.column(files, first) == []
    assert studio.column(state, first) == ["making"]
    assert len(studio.keys()) > 1, "some files lie there already"

    # it is removed before anybody goes on: what was made is nobody's
    with studio.shop.engine.begin() as connection:
        connection.execute(text("DELETE FROM photographs WHERE id = :id"), {"id": first})
    assert studio.sweep() > 1
    assert studio.keys() == set()

    # the next one is killed too, and a new worker makes all of it
    second = studio.add()
    studio.shop.start_worker()
    studio.kill_in_the_midst(second)
    assert studio.column(files, second) == []
    studio.shop.start_worker()
    seconds_until(lambda: studio.column(state, second) == ["waiting"], at_most=180)
    owned = set(map(str, studio.column(files, second)))
    originals = set(map(str, studio.column("SELECT original FROM photographs WHERE id = :id", second)))
    assert len(owned) == 12
    assert studio.sweep() == 0
    assert studio.keys() == owned | originals
