"""From registering to leaving: agreeing to news, stopping them by the mail's link, fetching one's data."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from sqlalchemy import text

from accounts.rules import system_actor
from accounts.services.news import NewsText, release_news
from kernel.clock import now
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import register
from tests.journeys.ledgers import settle_down
from tests.shop import RunningShop


@pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desktop without JavaScript"]
)
def test_a_customer_keeps_hold_of_their_data(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    email = f"murai{width}@example.id"
    with person(width=width, scripts=scripts) as customer:
        register(customer, shop, email, "Murai")
        customer.follow("/akun/pemberitahuan")
        agree_to_news(customer)
        stop_by_the_mail(customer, shop, email)
        fetch_a_copy(customer, shop, email)
        leave(customer, shop, email)


def agree_to_news(customer: Browsing) -> None:
    assert not customer.field("news").is_checked()
    customer.field("news").check()
    customer.submit("/akun/pemberitahuan")
    assert customer.field("news").is_checked()
    assert "Yang pernah Anda setujui" in customer.text


def stop_by_the_mail(customer: Browsing, shop: RunningShop, email: str) -> None:
    news = NewsText(f"Kabar {email}", "Panen baru.", f"News {email}", "A new harvest.", "/produk")
    with shop.transaction() as session:
        release_news(session, news, actor=system_actor("test"), at=now())
    mail = shop.inbox.wait_for(to=email, subject="Kabar")
    link = re.search(r"http://\S+/berhenti/\S+", mail.text)
    assert link is not None
    assert mail.header("List-Unsubscribe").startswith(f"<{shop.url}/berhenti/")
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    customer.open(link[0])
    customer.submit("/berhenti")
    assert "sudah dihentikan" in customer.text
    customer.open("/akun/pemberitahuan")
    assert not customer.field("news").is_checked()


def fetch_a_copy(customer: Browsing, shop: RunningShop, email: str) -> None:
    customer.open("/akun/data-saya")
    customer.submit("/akun/data-saya")
    shop.inbox.wait_for(to=email, subject="Salinan data")
    customer.open("/akun/data-saya")
    link = customer.page.locator('main a[href$=".zip"]').get_attribute("href")
    answer = customer.page.request.get(f"{shop.url}{link}")
    archive = zipfile.ZipFile(io.BytesIO(answer.body()))
    tables = json.loads(archive.read("data.json"))["tables"]
    assert [row["email"] for row in tables["users"]["rows"]] == [email]
    assert [row["is_given"] for row in tables["consents"]["rows"]] == [True, False]


def leave(customer: Browsing, shop: RunningShop, email: str) -> None:
    customer.follow("/akun/data-saya/hapus")
    customer.field("is_sure").check()
    customer.submit("/akun/data-saya/hapus")
    assert "Akun Anda sudah dihapus" in customer.text
    shop.inbox.wait_for(to=email, subject="dihapus")
    settle_down(shop)  # that mail, too, is forgotten once it is sent
    customer.open("/akun")
    assert customer.path == "/masuk"
    with shop.transaction() as session:
        for table in ("users", "mails", "erasures"):
            found = session.execute(
                text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :email"), {"email": f"%{email}%"}
            )
            assert found.scalar_one() == 0, table
