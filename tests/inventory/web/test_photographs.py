"""Photographs from the officer's form to the shop's pages, and everything that is turned away on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from accounts.models import Upt, User
from inventory.images import MOST_BYTES
from inventory.models import Photograph, PhotographFile
from inventory.rules import MOST_PHOTOGRAPHS
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import FileStore
from kernel.outbox import OutboxEvent, restore
from tests.factories.accounts import browser, make_membership, make_officer, make_user, sign_in
from tests.factories.inventory import list_products, make_kanwil, make_product, make_upt, make_variant
from tests.factories.photographs import make_photograph
from tests.fakes import FakeProvider
from tests.inventory.pictures import drawn, jpeg, png_bomb, saved
from tests.queries import CountedQueries
from tests.uploads import send_file
from worker.photographs import FOLDER
from worker.subscriptions import SUBSCRIPTIONS
from worker.sweeping import sweep_files

SAID = {"alt_id": "Tiga batang sabun di atas papan", "alt_en": "Three bars of soap", "nobody": "y"}


@dataclass(frozen=True)
class Desk:
    """Who works where, by user id, and the address of a product only the officer's UPT makes."""

    officer: int
    neighbour: int
    kanwil: int
    foreign_kanwil: int
    slug: str

    @property
    def url(self) -> str:
        return f"/staff/foto/produk/{self.slug}"


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context(), transaction() as session:
        kanwil, other = make_kanwil(session), make_kanwil(session)
        upt, neighbour = make_upt(session, kanwil=kanwil), make_upt(session, kanwil=kanwil)
        product = make_product(session, "Sabun Sereh", makers=(upt,))
        make_variant(session, product)
        list_products(session, product)
        reviewer, foreigner = make_user(session), make_user(session)
        make_membership(session, reviewer, "kanwil_officer", kanwil=kanwil)
        make_membership(session, foreigner, "kanwil_officer", kanwil=other)
        desk = Desk(
            make_officer(session, upt).id,
            make_officer(session, neighbour).id,
            reviewer.id,
            foreigner.id,
            product.slug,
        )
    yield desk
    store: FileStore = app.extensions["files"]
    for file in list(store.list(FOLDER)):
        store.delete(file.key)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def kept(app: Flask) -> set[str]:
    """The keys of all files of photographs."""
    store: FileStore = app.extensions["files"]
    return {file.key for file in store.list(FOLDER)}


def engine_of(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def rows(app: Flask) -> list[tuple[str, int]]:
    """State and position of every photograph, by position."""
    with app.app_context():
        query = select(Photograph.state, Photograph.position).order_by(Photograph.position)
        return [(state, position) for state, position in db.session.execute(query)]


def key_of(app: Flask, number: int = 0) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Photograph.key).order_by(Photograph.id)).all()[number])


def work(app: Flask) -> None:
    """What the worker does: the events about photographs, in their order."""
    handlers = {each.event: each for each in SUBSCRIPTIONS if each.name in ("make_files", "drop_files")}
    with app.app_context():
        names = [event.__name__ for event in handlers]
        with transaction() as session:
            query = select(OutboxEvent).where(OutboxEvent.name.in_(names)).order_by(OutboxEvent.id)
            events = [restore(row.name, row.payload) for row in session.scalars(query)]
        for event in events:
            handler = handlers[type(event)]
            assert handler.ask is not None
            assert handler.call is not None
            with transaction() as session:
                question = handler.ask(session, event)
            if question is None:
                continue
            answer = handler.call(FakeProvider(), question)
            with transaction() as session:
                handler.apply(session, event, answer, at=now())


def upload(client: FlaskClient, desk: Desk, content: Any = None, **sent: Any) -> TestResponse:
    return send_file(client, f"{desk.url}/kirim", jpeg() if content is None else content, **{**SAID, **sent})


def publish(app: Flask, desk: Desk, officer: FlaskClient) -> str:
    """Send a photograph in and bring it into the shop; its key."""
    assert upload(officer, desk).status_code == 303
    work(app)
    key = key_of(app)
    reviewer = browser(app, desk.kanwil)
    answer = reviewer.post(f"/staff/foto/{key}/tinjau", data={"decision": "publish", "nobody": "y"})
    assert answer.status_code == 303
    return key


class TestFromUploadToPage:
    def test_a_photograph_is_public_once_it_is_made_and_reviewed(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        visitor, product_page = app.test_client(), f"/produk/{desk.slug}"
        assert upload(officer, desk).status_code == 303
        assert rows(app) == [("making", 1)]
        assert '<progress id="progress-1" max="12" value="0">' in officer.get(desk.url).text
        work(app)
        assert rows(app) == [("waiting", 1)]
        preview = re.search(r'src="(/staff/foto/berkas/[^"]+\.jpg)"', officer.get(desk.url).text)
        assert preview is not None
        assert officer.get(preview[1]).mimetype == "image/jpeg"
        public = preview[1].replace("/staff/foto/berkas", "/foto")
        assert visitor.get(public).status_code == 404
        assert "/foto/" not in visitor.get(product_page).text
        reviewer = browser(app, desk.kanwil)
        key = key_of(app)
        reviewer.post(f"/staff/foto/{key}/tinjau", data={"decision": "publish", "nobody": "y"})
        assert rows(app) == [("published", 1)]
        for page in (product_page, "/produk", "/cari?q=sabun", f"/en{product_page}"):
            assert f"/foto/{key}/" in visitor.get(page).text, page

    def test_its_files_are_four_widths_in_three_formats_named_by_their_content(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        assert upload(officer, desk, jpeg(2000, 1500)).status_code == 303
        work(app)
        with app.app_context():
            files = db.session.execute(
                select(PhotographFile.width, PhotographFile.kind, PhotographFile.key)
            ).all()
        assert {(file.width, file.kind) for file in files} == {
            (width, kind) for width in (320, 640, 1080, 1600) for kind in ("avif", "webp", "jpg")
        }
        store: FileStore = app.extensions["files"]
        for file in files:
            with Image.open(BytesIO(store.get(file.key))) as image:
                assert image.width == file.width
                assert image.format == {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}[file.kind]
        assert {file.key for file in files} < kept(app)
        assert len(kept(app)) == 13

    def test_its_files_are_kept_for_ever_from_our_own_origin(
        self, app: Flask, desk: Desk, officer: FlaskClient, count_queries: CountedQueries
    ) -> None:
        publish(app, desk, officer)
        page = app.test_client().get(f"/produk/{desk.slug}").text
        for address in set(re.findall(r'/foto/[^" ,]+', page)):
            with count_queries(engine_of(app)) as statements:
                answer = app.test_client().get(address)
            assert answer.status_code == 200
            assert len(statements) == 1
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Set-Cookie" not in answer.headers

    def test_the_page_says_it_to_machines_and_to_those_who_do_not_see(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        key = publish(app, desk, officer)
        for prefix, alt in (("", SAID["alt_id"]), ("/en", SAID["alt_en"])):
            page = app.test_client().get(f"{prefix}/produk/{desk.slug}").text
            assert f'alt="{alt}"' in page
            assert re.search(
                rf'<meta property="og:image" content="http://localhost/foto/{key}/[^"]+\.jpg">', page
            )
            things = [json.loads(text) for text in re.findall(r"ld\+json\">(.*?)</script>", page)]
            (product,) = [thing for thing in things if thing["@type"] == "Product"]
            assert all(image.startswith(f"http://localhost/foto/{key}/") for image in product["image"])

    def test_costs_no_statement_more(
        self, app: Flask, desk: Desk, officer: FlaskClient, count_queries: CountedQueries
    ) -> None:
        client, counts = app.test_client(), list[list[int]]()
        addresses = (f"/produk/{desk.slug}?x={{}}", "/produk?q={}", "/cari?q=sabun&x={}", "/?x={}")
        for round_ in range(2):
            counts.append([])
            for address in addresses:
                client.get(address.format("warm"))
                with count_queries(engine_of(app)) as statements:
                    client.get(address.format(round_))
                counts[-1].append(len(statements))
            if not round_:
                publish(app, desk, officer)
        assert counts[0] == counts[1]


class TestWhoMay:
    def test_another_upts_product_and_photograph_look_missing(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        upload(officer, desk)
        work(app)
        key, before = key_of(app), kept(app)
        neighbour = browser(app, desk.neighbour)
        assert neighbour.get(desk.url).status_code == 404
        assert upload(neighbour, desk, jpeg(700, 700)).status_code == 404
        for step, form in (
            ("ubah", {"alt_id": "x", "focal_x": "1", "focal_y": "1"}),
            ("pindah", {"place": "1"}),
            ("hapus", {}),
        ):
            assert neighbour.post(f"/staff/foto/{key}/{step}", data=form).status_code == 404
        foreigner = browser(app, desk.foreign_kanwil)
        form = {"decision": "publish", "nobody": "y"}
        assert foreigner.post(f"/staff/foto/{key}/tinjau", data=form).status_code == 404
        name = sorted(before)[0].rpartition("/")[2]
        assert foreigner.get(f"/staff/foto/berkas/{key}/{name}").status_code == 404
        assert rows(app) == [("waiting", 1)]
        assert kept(app) == before

    def test_a_upt_does_not_review_its_own(self, app: Flask, desk: Desk, officer: FlaskClient) -> None:
        upload(officer, desk)
        work(app)
        form = {"decision": "publish", "nobody": "y"}
        assert officer.post(f"/staff/foto/{key_of(app)}/tinjau", data=form).status_code == 403
        assert rows(app) == [("waiting", 1)]

    def test_a_kanwil_reviews_nothing_where_it_is_a_mere_officer(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        upload(officer, desk)
        work(app)
        with app.app_context(), transaction() as session:
            upt = session.get_one(Upt, session.scalars(select(Photograph.upt_id)).one())
            make_membership(session, session.get_one(User, desk.foreign_kanwil), "upt_officer", upt=upt)
        both = browser(app, desk.foreign_kanwil)
        before = rows(app)
        assert "/tinjau" not in both.get(desk.url).text
        form = {"decision": "publish", "nobody": "y"}
        assert both.post(f"/staff/foto/{key_of(app)}/tinjau", data=form).status_code == 404
        assert rows(app) == before
        assert "/tinjau" in browser(app, desk.kanwil).get(desk.url).text

    def test_the_list_costs_as_many_statements_for_many(
        self, app: Flask, desk: Desk, officer: FlaskClient, count_queries: CountedQueries
    ) -> None:
        with count_queries(engine_of(app)) as one:
            assert officer.get("/staff/foto").status_code == 200
        with count_queries(engine_of(app)) as page:
            officer.get(desk.url)
        upload(officer, desk)
        upload(officer, desk, jpeg(700, 800))
        work(app)
        with count_queries(engine_of(app)) as more:
            assert desk.url in officer.get("/staff/foto").text
        with count_queries(engine_of(app)) as fuller:
            officer.get(desk.url)
        assert len(more) == len(one)
        assert len(fuller) == len(page)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "name", "kind", "words"),
        [
            (b"", "a.jpg", "image/jpeg", "Berkas ini kosong"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                "a.svg",
                "image/svg+xml",
                "Ini bukan",
            ),
            (b"MZ\x90\x00" + bytes(3000), "liburan.jpg", "image/jpeg", "Ini bukan"),
            (jpeg(), "a.php", "image/jpeg", "Nama berkas"),
            (jpeg(), "../../a.png", "image/png", "Nama berkas"),
            (jpeg(), "a.jpg", "text/html", "Nama berkas"),
            (jpeg()[:9000], "a.jpg", "image/jpeg", "tidak dapat dibaca"),
            (jpeg(800, 300), "a.jpg", "image/jpeg", "500 piksel"),
            (png_bomb(9000), "a.png", "image/png", "25 megapiksel"),
            (bytes(MOST_BYTES + 1), "a.jpg", "image/jpeg", "20 MB"),
        ],
    )
    def test_wrong_files_are_told_in_place_and_leave_nothing(
        self, app: Flask, desk: Desk, officer: FlaskClient, content: bytes, name: str, kind: str, words: str
    ) -> None:
        answer = upload(officer, desk, content, name=name, kind=kind)
        assert answer.status_code == 422
        assert words in answer.text
        assert SAID["alt_id"] in answer.text
        assert rows(app) == []
        assert kept(app) == set()

    def test_a_hundred_megabytes_are_told_in_place(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        answer = officer.post(
            f"{desk.url}/kirim",
            data=b"x" * 100_000_000,
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == 413
        assert "paling banyak 20 MB" in answer.text
        assert rows(app) == []

    @pytest.mark.parametrize(
        "changes", [{"alt_id": ""}, {"nobody": ""}, {"alt_id": "x" * 10_000}, {"alt_en": "x" * 201}]
    )
    def test_what_is_said_of_it_is_needed(
        self, app: Flask, desk: Desk, officer: FlaskClient, changes: dict[str, str]
    ) -> None:
        assert upload(officer, desk, **changes).status_code == 422
        assert officer.post(f"{desk.url}/kirim", data=SAID).status_code == 422
        assert rows(app) == []
        assert kept(app) == set()

    def test_nothing_hidden_in_a_picture_survives(self, app: Flask, desk: Desk, officer: FlaskClient) -> None:
        exif = Image.Exif()
        exif[0x010F] = "KENARI"
        exif[0x8825] = {1: "S", 2: (6.0, 12.0, 30.0)}
        content = saved(drawn(), "JPEG", exif=exif, comment=b"KENARI") + b"<script>KENARI</script>"
        assert upload(officer, desk, content, name="KENARI.jpg").status_code == 303
        work(app)
        store: FileStore = app.extensions["files"]
        assert all(b"KENARI" not in store.get(key) for key in kept(app))
        assert not any("KENARI" in key for key in kept(app))

    def test_the_same_picture_twice(self, app: Flask, desk: Desk, officer: FlaskClient) -> None:
        upload(officer, desk)
        before = kept(app)
        answer = upload(officer, desk)
        assert answer.status_code == 409
        assert "sudah ada" in answer.text
        assert (len(rows(app)), kept(app)) == (1, before)

    def test_more_than_a_product_may_have(
        self, app: Flask, desk: Desk, officer: FlaskClient, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            product = make_product(session, "Penuh")
            for _ in range(MOST_PHOTOGRAPHS - 1):
                make_photograph(session, product, at=at, state="making")
            upt = session.get_one(Upt, session.scalars(select(Photograph.upt_id)).first())
            full = make_officer(session, upt).id
        client = browser(app, full)
        address = "/staff/foto/produk/penuh/kirim"
        assert send_file(client, address, jpeg(), **SAID).status_code == 303
        answer = send_file(client, address, jpeg(800, 800), **SAID)
        assert answer.status_code == 409
        assert len(rows(app)) == MOST_PHOTOGRAPHS
        assert len(kept(app)) == 1

    def test_a_review_needs_its_tick_or_its_reason(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        upload(officer, desk)
        work(app)
        reviewer, address = browser(app, desk.kanwil), f"/staff/foto/{key_of(app)}/tinjau"
        for form in ({"decision": "publish"}, {"decision": "refuse", "refusal": " "}, {}):
            reviewer.post(address, data=form)
            assert rows(app) == [("waiting", 1)]
        reviewer.post(address, data={"decision": "refuse", "refusal": "Wajah di cermin"})
        assert rows(app) == [("refused", 1)]
        assert "Wajah di cermin" in officer.get(desk.url).text
        work(app)
        assert kept(app) == set()
        again = reviewer.post(address, data={"decision": "publish", "nobody": "y"})
        assert again.status_code == 409


class TestKeepingThem:
    def test_order_text_and_focal_point_are_changed(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        for width in (700, 800, 900):
            upload(officer, desk, jpeg(width, 700))
        keys = [key_of(app, number) for number in range(3)]
        officer.post(f"/staff/foto/{keys[2]}/pindah", data={"place": "1"})
        officer.post(f"/staff/foto/{keys[0]}/pindah", data={"place": "99999"})
        with app.app_context():
            ordered = db.session.scalars(select(Photograph.key).order_by(Photograph.position)).all()
        assert list(map(str, ordered)) == [keys[2], keys[1], keys[0]]
        form = {"alt_id": "Sabun", "alt_en": "", "focal_x": "20", "focal_y": "80"}
        officer.post(f"/staff/foto/{keys[0]}/ubah", data=form)
        for wrong in (
            {"focal_x": "101"},
            {"focal_y": "-1"},
            {"alt_id": ""},
            {"focal_x": "1e9"},
            {"alt_id": "x" * 201},
        ):
            officer.post(f"/staff/foto/{keys[0]}/ubah", data={**form, **wrong})
        with app.app_context():
            changed = db.session.scalars(select(Photograph).where(Photograph.key == keys[0])).one()
            assert (changed.alt_id, changed.alt_en, changed.focal_x, changed.focal_y) == ("Sabun", "", 20, 80)

    def test_what_is_deleted_leaves_pages_and_store(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        key = publish(app, desk, officer)
        address = re.search(rf"/foto/{key}/[^\" ,]+", app.test_client().get(f"/produk/{desk.slug}").text)
        assert address is not None
        assert officer.post(f"/staff/foto/{key}/hapus").status_code == 303
        assert app.test_client().get(address[0]).status_code == 404
        assert "/foto/" not in app.test_client().get(f"/produk/{desk.slug}").text
        assert "/foto/" not in app.test_client().get("/produk").text
        work(app)
        assert kept(app) == set()
        assert rows(app) == []

    def test_the_sweeper_takes_what_nobody_owns_and_nothing_else(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        publish(app, desk, officer)
        upload(officer, desk, jpeg(800, 800))  # still being made
        store: FileStore = app.extensions["files"]
        owned = kept(app)
        store.put(f"{FOLDER}/{key_of(app, 1)}/half-320.avif", b"half a set")
        store.put(f"{FOLDER}/00000000-0000-4000-8000-000000000000/x-320.avif", b"an orphan")
        with app.app_context():
            sweep_files(FakeProvider(), now() - timedelta(hours=24))
            assert len(kept(app)) == len(owned) + 2
            sweep_files(FakeProvider(), now() + timedelta(hours=24))
        assert kept(app) == owned | {f"{FOLDER}/{key_of(app, 1)}/half-320.avif"}

    def test_one_deleted_while_it_is_made_leaves_nothing(
        self, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        upload(officer, desk)
        made = next(each for each in SUBSCRIPTIONS if each.name == "make_files")
        assert made.ask is not None
        assert made.call is not None
        with app.app_context():
            with transaction() as session:
                row = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "PhotographAdded")).one()
                event = restore(row.name, row.payload)
                question = made.ask(session, event)
            answer = made.call(FakeProvider(), question)
            officer.post(f"/staff/foto/{key_of(app)}/hapus")
            with transaction() as session:
                made.apply(session, event, answer, at=now())
            assert db.session.scalar(select(func.count()).select_from(PhotographFile)) == 0
        work(app)
        assert kept(app) == set()
