"""Reviews through the pages: written by buyers only, escaped everywhere, shown once published."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from accounts.web.limits import init_limits, limiter
from inventory.models import Product
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import FilesToForget, files
from orders.links import OWNERS_WORD, order_token
from orders.models import Order, Review
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.inventory import list_products
from tests.factories.parcels import make_paid_order
from tests.factories.paying import published
from tests.factories.placing import make_shop
from tests.factories.reviews import make_delivered_order, make_published_review
from tests.fakes import FakeProvider
from tests.inventory.pictures import jpeg, png_bomb
from tests.queries import CountedQueries
from tests.uploads import send_file
from worker.forgetting import delete_files, name_files

SECRET = "a-secret-for-tests-that-is-long-enough"
PAYLOADS = (
    "<script>alert('kenari')</script>",
    '"><img src=x onerror=alert("kenari")>',
    "'-alert(1)-'{{7*7}}${7*7}<svg/onload=kenari>",
    "</script><script>kenari()</script>",
    "javascript:kenari() <a href=javascript:kenari()>x</a>",
    "</textarea><iframe srcdoc=kenari>",
)


@pytest.fixture(autouse=True)
def _nothing_written_yet(app: Flask) -> Iterator[None]:
    init_limits(app, app.extensions["lapak"])
    limiter.reset()
    yield
    limiter.reset()


@dataclass(frozen=True)
class Bought:
    """Bread that has arrived at Sari's and at Budi's, a parcel still to come, and those who see reviews."""

    slug: str
    product_id: int
    order: str
    other: str
    coming: str
    director: int
    officer: int


@pytest.fixture
def bought(app: Flask) -> Bought:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now(), breads=9)
        product = session.get_one(Product, shop.bread.product_id)
        list_products(session, product)
        order = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=now())
        budi = Contact("budi@example.com", "Budi Hartono", "081298765432")
        other = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=now(), contact=budi)
        coming = make_paid_order(session, Wish(1, shop.net.id, 1), at=now())
        director, officer = make_user(session), make_officer(session, shop.garut)
        make_membership(session, director, "directorate")
        return Bought(
            slug=product.slug,
            product_id=product.id,
            order=order.number,
            other=other.number,
            coming=coming.number,
            director=director.id,
            officer=officer.id,
        )


def path(order: str, position: int = 1) -> str:
    return f"/pesanan/{order}/{order_token(order, secret_key=SECRET)}/ulasan/{position}"


def write(client: FlaskClient, address: str, body: str = "Enak sekali", **form: str) -> TestResponse:
    return client.post(address, data={"key": str(uuid4()), "stars": "5", "body": body, **form})


def stored(app: Flask) -> list[Review]:
    with app.app_context():
        return list(db.session.scalars(select(Review).order_by(Review.id)))


def publish(app: Flask, bought: Bought, number: str, seen: str = "1") -> TestResponse:
    return browser(app, bought.director).post(f"/staff/ulasan/{number}/terbitkan", data={"seen": seen})


class TestFromTheOrderToTheProduct:
    def test_a_review_is_written_checked_published_and_answered(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        visitor = app.test_client()
        assert "Ulasan pembeli" not in visitor.get(f"/produk/{bought.slug}").text
        own = path(bought.order)
        assert own in client.get(own.rpartition("/ulasan")[0]).text
        assert write(client, path(bought.order), stars="4").status_code == 303
        assert "Menunggu diperiksa" in client.get(path(bought.order)).text
        assert "Enak sekali" not in visitor.get(f"/produk/{bought.slug}").text
        (review,) = stored(app)
        assert publish(app, bought, review.number).status_code == 303
        page = visitor.get(f"/produk/{bought.slug}").text
        assert "Enak sekali" in page
        assert "Pembelian terverifikasi" in page
        assert "4,0" in visitor.get("/produk").text
        assert "4.0" in visitor.get(f"/en/produk/{bought.slug}").text
        officer = browser(app, bought.officer)
        answered = officer.post(f"/staff/ulasan/{review.number}/jawab", data={"body": "Terima kasih!"})
        assert answered.status_code == 303
        assert "Terima kasih!" in visitor.get(f"/produk/{bought.slug}").text
        assert "Terima kasih!" in visitor.get(f"/produk/{bought.slug}/ulasan").text
        assert write(client, path(bought.order), "Lain").status_code == 409

    def test_its_day_is_the_shops_own(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        late = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)  # half past one of the 21st in Jakarta
        with app.app_context(), transaction() as session:
            make_published_review(session, _order(session, bought.order), at=late)
        for address in (f"/produk/{bought.slug}", f"/produk/{bought.slug}/ulasan"):
            assert ">21 November 2026</time>" in client.get(address).text

    def test_an_answer_is_taken_down_by_the_office_above(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        write(client, path(bought.order))
        (review,) = stored(app)
        publish(app, bought, review.number)
        address = f"/staff/ulasan/{review.number}"
        director, officer = browser(app, bought.director), browser(app, bought.officer)
        officer.post(f"{address}/jawab", data={"body": "Pesan lewat 0812-3456-7890"})
        assert stored(app)[0].answer == ""
        officer.post(f"{address}/jawab", data={"body": "Tidak sopan"})
        assert "hapus-jawaban" not in officer.get(address).text
        assert officer.post(f"{address}/hapus-jawaban", data={"seen": "2"}).status_code == 403
        for seen, status in (("x", 422), ("1", 409)):
            assert director.post(f"{address}/hapus-jawaban", data={"seen": seen}).status_code == status
        assert "Tidak sopan" in client.get(f"/produk/{bought.slug}").text
        assert 'name="seen" value="2"' in director.get(address).text
        assert director.post(f"{address}/hapus-jawaban", data={"seen": "2"}).status_code == 303
        assert "Tidak sopan" not in client.get(f"/produk/{bought.slug}").text
        assert "hapus-jawaban" not in director.get(address).text

    def test_a_stale_form_does_not_undo_a_refusal(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        write(client, path(bought.order))
        (review,) = stored(app)
        form = {"seen": "1", "reason": "Ada nama."}
        browser(app, bought.director).post(f"/staff/ulasan/{review.number}/tolak", data=form)
        late = publish(app, bought, review.number, seen="1")
        assert late.status_code == 409
        assert "sudah diputuskan sejak Anda membukanya" in late.text
        assert [each.state for each in stored(app)] == ["refused"]

    def test_what_machines_read_is_real(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        assert "AggregateRating" not in client.get(f"/produk/{bought.slug}").text
        with app.app_context(), transaction() as session:
            for number, stars in ((bought.order, 5), (bought.other, 4)):
                order = _order(session, number)
                make_published_review(session, order, at=now(), stars=stars)
        blocks = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', client.get(f"/produk/{bought.slug}").text
        )
        (thing,) = (found for found in map(json.loads, blocks) if found.get("@type") == "Product")
        assert thing["aggregateRating"]["ratingValue"] == 4.5
        assert thing["aggregateRating"]["reviewCount"] == 2
        assert {each["author"]["name"] for each in thing["review"]} == {"Sari", "Budi H."}

    def test_a_listing_can_be_sorted_by_rating(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        with app.app_context(), transaction() as session:
            make_published_review(session, _order(session, bought.order), at=now())
        assert client.get("/produk?urut=rating").status_code == 200


def _order(session: Session, number: str) -> Order:
    return session.scalars(select(Order).where(Order.number == number)).one()


class TestRefusals:
    @pytest.mark.parametrize(
        ("form", "field", "said"),
        [
            ({"body": ""}, "body", "Tulis pendapat Anda"),
            ({"body": "x" * 10_000}, "body", "2000"),
            ({"body": "WA saya 0812-3456-7890"}, "body", "0812-3456-7890"),
            ({"body": "Dibuat napi Budi Santoso"}, "body", "napi Budi Santoso"),
            ({"stars": ""}, "stars", "bintang"),
            ({"stars": "6"}, "stars", "bintang"),
            ({"stars": "9" * 400}, "stars", "bintang"),
        ],
    )
    def test_are_said_beside_the_field_and_nothing_is_stored(
        self, app: Flask, client: FlaskClient, bought: Bought, form: dict[str, str], field: str, said: str
    ) -> None:
        refused = write(client, path(bought.order), **form)
        assert refused.status_code == 422
        beside = re.search(rf'id="{field}-error">(.*?)</p>', refused.text, re.DOTALL)
        assert beside
        assert said in beside[1]
        assert stored(app) == []

    def test_what_was_not_bought_or_has_not_arrived(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        assert write(client, path(bought.coming)).status_code == 409
        assert 'name="stars"' not in client.get(path(bought.coming)).text
        for position in (2, 99999999999999):
            assert write(client, path(bought.order, position)).status_code == 404
        assert stored(app) == []

    def test_an_order_of_somebody_else_looks_like_none_at_all(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        """Signed in or not, with a link or without: what was not bought by them is not there."""
        own = order_token(bought.order, secret_key=SECRET)
        with app.app_context(), transaction() as session:
            stranger = make_user(session).id
        knocks = [(bought.other, own), ("LP-00000000", own), (bought.other, "x")]
        signed_in = browser(app, stranger)
        knocks_signed_in = [*knocks, (bought.other, OWNERS_WORD), ("LP-00000000", OWNERS_WORD)]
        said = set()
        for visitor, places in ((client, knocks), (signed_in, knocks_signed_in)):
            for number, token in places:
                address = f"/pesanan/{number}/{token}/ulasan/1"
                for answer in (visitor.get(address), write(visitor, address)):
                    assert answer.status_code == 404
                    said.add(re.sub(r"/pesanan/[^\"]*", "", answer.text))
        assert len(said) == 1
        assert client.post(f"/produk/{bought.slug}/ulasan", data={"stars": "5"}).status_code == 405
        assert stored(app) == []

    def test_a_form_sent_twice_counts_once(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        key = str(uuid4())
        for _ in range(2):
            assert write(client, path(bought.order), key=key).status_code == 303
        (review,) = stored(app)
        assert review.version == 1

    def test_links_of_others_open_nothing(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        foreign = order_token(bought.other, secret_key=SECRET)
        for token in (foreign, "x", "akun"):
            address = f"/pesanan/{bought.order}/{token}/ulasan/1"
            assert client.get(address).status_code in (303, 404)
            assert write(client, address).status_code in (303, 404)
        assert stored(app) == []

    def test_a_moderator_decides_on_what_they_read_and_says_why(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        write(client, path(bought.order))
        write(client, path(bought.order), "Kurang enak")
        (review,) = stored(app)
        assert publish(app, bought, review.number, seen="1").status_code == 409
        director = browser(app, bought.director)
        for reason in ("", "x" * 10_000, "Nama napi Joko"):
            form = {"seen": "2", "reason": reason}
            refused = director.post(f"/staff/ulasan/{review.number}/tolak", data=form)
            assert refused.status_code == 422
            assert 'id="reason-error"' in refused.text
        assert publish(app, bought, review.number, seen="x").status_code == 422
        assert [each.state for each in stored(app)] == ["waiting"]

    def test_the_upt_cannot_hold_a_review_back(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        write(client, path(bought.order))
        (review,) = stored(app)
        officer = browser(app, bought.officer)
        assert officer.get(f"/staff/ulasan/{review.number}").status_code == 404
        for step in ("terbitkan", "tolak"):
            form = {"seen": "1", "reason": "Tidak suka"}
            assert officer.post(f"/staff/ulasan/{review.number}/{step}", data=form).status_code == 403
        assert review.number not in officer.get("/staff/ulasan").text


def photographed(client: FlaskClient, address: str, photo: bytes, **form: str) -> TestResponse:
    """Send a review with one photograph, of which `name` and `kind` may say what it is not."""
    fields = {"key": str(uuid4()), "stars": "5", "body": "Enak sekali", **form}
    return send_file(client, address, photo, field="pictures", **fields)


def kept_files(app: Flask) -> list[str]:
    with app.app_context():
        return [each.key for each in files().list("reviews")]


class TestPhotographs:
    @pytest.fixture(autouse=True)
    def _no_files_left(self, app: Flask) -> None:
        for key in kept_files(app):
            with app.app_context():
                files().delete(key)

    def test_is_seen_by_its_buyer_then_the_offices_then_all(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        hidden = Image.Exif()
        hidden[0x010E] = "kenari"
        sent = jpeg(900, 700, exif=hidden)
        key = str(uuid4())
        for _ in range(2):
            assert photographed(client, path(bought.order), sent, key=key).status_code == 303
        assert len(kept_files(app)) == 1
        (review,) = stored(app)
        director, officer = browser(app, bought.director), browser(app, bought.officer)
        visitor = app.test_client()
        page = client.get(path(bought.order)).text
        (own,) = set(re.findall(r'src="(/pesanan/[^"]*/ulasan/foto/[^"]*)"', page))
        shown = client.get(own)
        assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
        assert shown.headers["Cache-Control"] == "no-store"
        assert b"kenari" in sent
        assert b"kenari" not in shown.data
        name = own.rpartition("/")[2]
        for_all, for_offices = f"/ulasan/foto/{name}", f"/staff/ulasan/foto/{name}"
        assert for_offices in director.get(f"/staff/ulasan/{review.number}").text
        assert director.get(for_offices).status_code == 200
        assert officer.get(for_offices).status_code == visitor.get(for_all).status_code == 404
        assert client.get(f"{path(bought.other).removesuffix('/1')}/foto/{name}").status_code == 404
        assert publish(app, bought, review.number).status_code == 303
        assert for_all in visitor.get(f"/produk/{bought.slug}").text
        assert visitor.get(for_all).data == shown.data
        assert officer.get(for_offices).status_code == 200
        director.post(f"/staff/ulasan/{review.number}/tolak", data={"seen": "2", "reason": "Ada wajah."})
        assert visitor.get(for_all).status_code == 404

    @pytest.mark.parametrize(
        ("photo", "name", "kind"),
        [
            (b"MZ" + bytes(100), "foto.jpg", "image/jpeg"),
            (b"", "foto.jpg", "image/jpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "foto.svg", "image/svg+xml"),
            (jpeg(9, 9), "foto.exe", "image/jpeg"),
            (jpeg(9, 9) + b"<script>kenari()</script>", "<img src=x onerror=kenari()>.html", "text/html"),
            (png_bomb(6000), "foto.png", "image/png"),
        ],
    )
    def test_what_is_none_is_refused_beside_the_field_and_nothing_is_stored(
        self, app: Flask, client: FlaskClient, bought: Bought, photo: bytes, name: str, kind: str
    ) -> None:
        refused = photographed(client, path(bought.order), photo, name=name, kind=kind)
        assert refused.status_code == 422
        assert 'id="pictures-error"' in refused.text
        assert "Enak sekali" in refused.text
        assert "kenari" not in refused.text
        assert stored(app) == []
        assert kept_files(app) == []

    def test_none_is_kept_of_a_review_that_is_refused(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        for address, form, status in (
            (path(bought.order), {"body": "Telepon 0812-3456-7890"}, 422),
            (path(bought.order), {"stars": "6"}, 422),
            (path(bought.coming), {}, 409),
            (path(bought.order, 2), {}, 404),
        ):
            assert photographed(client, address, jpeg(9, 9), **form).status_code == status
        assert stored(app) == []
        assert kept_files(app) == []

    def test_can_be_taken_away_again(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        photographed(client, path(bought.order), jpeg(9, 9))
        assert 'name="without_old"' in client.get(path(bought.order)).text
        write(client, path(bought.order), without_old="y")
        page = client.get(path(bought.order)).text
        assert "/ulasan/foto/" not in page
        assert 'name="without_old"' not in page
        with app.app_context():
            (event,) = published(db.session(), FilesToForget)
            assert isinstance(event, FilesToForget)
            delete_files(FakeProvider(), name_files(db.session(), event))
        assert kept_files(app) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_stored_never_runs(app: Flask, client: FlaskClient, bought: Bought, payload: str) -> None:
    """As the buyer, a moderator, the UPT and a visitor see it."""
    assert write(client, path(bought.order), payload).status_code == 303
    (review,) = stored(app)
    director, officer = browser(app, bought.director), browser(app, bought.officer)
    visitor = app.test_client()
    publish(app, bought, review.number)
    officer.post(f"/staff/ulasan/{review.number}/jawab", data={"body": payload})
    pages = [
        client.get(path(bought.order)),
        director.get("/staff/ulasan?status=all"),
        director.get(f"/staff/ulasan/{review.number}"),
        officer.get(f"/staff/ulasan/{review.number}"),
        visitor.get(f"/produk/{bought.slug}"),
        visitor.get(f"/en/produk/{bought.slug}/ulasan"),
        visitor.get("/produk"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert payload not in page.text
        bare = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", page.text)
        assert not re.search(r"<(?:script|img|svg|iframe|a)[^>]*(?:kenari|alert\()", bare)
        assert "49" not in re.findall(r"review__body[^>]*>([^<]*)<", page.text)


def test_pages_ask_the_same_however_many_reviews_there_are(
    app: Flask, client: FlaskClient, bought: Bought, count_queries: CountedQueries
) -> None:
    counts: list[list[int]] = []
    with app.app_context():
        engine = db.engine
    for number in (bought.order, bought.other):
        with app.app_context(), transaction() as session:
            make_published_review(session, _order(session, number), at=now())
        visits = []
        for address in (f"/produk/{bought.slug}", f"/produk/{bought.slug}/ulasan", "/produk"):
            with count_queries(engine) as statements:
                client.get(address)
            visits.append(len(statements))
        counts.append(visits)
    assert counts[0] == counts[1]
    assert counts[0][1] == 2


@pytest.mark.parametrize("query", ["hal=0", "hal=-1", "hal=99999999999999999999", "hal=x", "hal=2"])
def test_strange_pages_are_no_matter(client: FlaskClient, bought: Bought, query: str) -> None:
    assert client.get(f"/produk/{bought.slug}/ulasan?{query}").status_code == 200
