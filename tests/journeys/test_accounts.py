"""An account from its first day to its last: the second step, the devices, new passwords, a new address."""

from __future__ import annotations

import re

from playwright.sync_api import Locator
from sqlalchemy import text

from accounts.services.second_factors import code_of, step_at
from kernel.clock import now
from tests.factories.accounts import PASSWORD, make_user
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import forget_used_codes
from tests.journeys.wording import told, told_count
from tests.shop import RunningShop

SECURITY, STEP = "/akun/keamanan", "/akun/keamanan/dua-langkah"
NEW, NEWEST = "kebun teh di lereng gunung", "perahu kayu menyeberangi danau"


def test_from_registering_to_deleting(person: Opens, shop: RunningShop) -> None:
    """On a phone, with JavaScript."""
    email = "kutilang@example.id"
    with person(width=PHONE) as customer:
        register_after_slips(customer, shop, email)
        secret, spare = set_up_second_step(customer)
        forget_used_codes(shop)
        sign_out(customer)
        assert sign_in(customer, email, PASSWORD) == 200
        enter_code(customer, code_of(secret, step_at(now())))
        sign_out(customer)
        sign_in(customer, email, PASSWORD)
        enter_code(customer, spare.upper().replace("-", " "))
        see_the_second_step(customer)
        delete_everything(customer, shop, email)


def test_an_account_gets_other_keys(person: Opens, shop: RunningShop) -> None:
    """On a computer, without JavaScript: the second window is a stranger's for a while."""
    email = "jalak@example.id"
    with shop.transaction() as session:
        make_user(session, "Jalak", email=email, verified_at=now())
    with (
        person(width=DESKTOP, scripts=False) as customer,
        person(width=DESKTOP, scripts=False) as stranger,
    ):
        assert sign_in(customer, email, "bukan kata sandinya") == 422
        assert told("The e-mail address or the password is not right.") in customer.text
        for window in (customer, stranger):
            sign_in(window, email, PASSWORD)
            assert window.path == "/akun"
        see_devices(customer, 2)
        change_password(customer, shop, email)
        see_devices(customer, 1)
        assert is_out(stranger)
        sign_in(stranger, email, NEW)
        change_address(stranger, shop, "jalak.baru@example.id")
        take_back(customer, shop, email)
        assert is_out(stranger)
        reset_password(stranger, customer, shop, email)
        customer.open(SECURITY)
        customer.submit(f"{SECURITY}/keluar-semua")
        assert is_out(customer)


def register_after_slips(customer: Browsing, shop: RunningShop, email: str) -> None:
    """What is wrong is said beside its field and nothing is stored; the mail's link opens the account."""
    customer.open("/daftar")
    customer.trust_the_server()
    write(customer, name="", email="bukan surel", password="pendek")
    assert customer.submit("/daftar") == 422
    assert all(map(customer.error_beside, ("name", "email", "password")))
    write(customer, name="Kutilang", email=email, password="password1234")
    assert customer.submit("/daftar") == 422
    assert customer.error_beside("password")
    assert stored(shop, email) == [0, 0]
    write(customer, password=PASSWORD)
    customer.submit("/daftar")
    assert customer.path == "/daftar/surel"
    link = link_to(shop, email, "Finish your registration")
    customer.open(link)
    write(customer, password="bukan kata sandinya")
    assert customer.press(button(customer)) == 422
    assert customer.error_beside("password")
    assert stored(shop, email) == [0, 1]
    write(customer, password=PASSWORD)
    customer.press(button(customer))
    assert customer.path == "/akun"
    assert customer.open(link) == 404


def set_up_second_step(customer: Browsing) -> tuple[str, str]:
    """Gives the secret of the app and one recovery code."""
    customer.open(SECURITY)
    customer.follow(STEP)
    write(customer, code="12")
    assert customer.submit(STEP) == 422
    assert "pemulihan" not in customer.error_beside("code"), "there are none yet"
    secret = customer.page.locator(".secret").inner_text().replace(" ", "")
    write(customer, code=code_of(secret, step_at(now())))
    customer.submit(STEP)
    codes = customer.page.locator(".recovery code").all_inner_texts()
    assert len(set(codes)) == 10
    customer.follow(SECURITY)
    assert told("On: the sign-in asks for a code of your authenticator app.") in customer.text
    return secret, codes[0]


def sign_out(customer: Browsing) -> None:
    customer.open(SECURITY)
    customer.submit("/keluar")
    assert is_out(customer)


def sign_in(customer: Browsing, email: str, password: str) -> int:
    customer.open("/masuk")
    write(customer, email=email, password=password)
    return customer.submit("/masuk")


def enter_code(customer: Browsing, code: str) -> None:
    write(customer, code="000000")
    assert customer.submit("/masuk/kode") == 422
    assert customer.error_beside("code")
    write(customer, code=code)
    customer.submit("/masuk/kode")
    assert customer.path == "/akun"


def see_devices(customer: Browsing, number: int) -> None:
    customer.open(SECURITY)
    assert customer.page.locator(f'form[action^="{SECURITY}/sesi/"]').count() == number
    assert customer.page.locator(".guards .badge").inner_text() == told("this device")


def see_the_second_step(customer: Browsing) -> None:
    """One recovery code is used up; new ones replace the rest."""
    customer.open(STEP)
    assert told_count(
        "You have %(num)s unused recovery code.", "You have %(num)s unused recovery codes.", 9
    ) in (customer.text)
    customer.submit(f"{STEP}/kode-pemulihan")
    assert customer.page.locator(".recovery code").count() == 10


def delete_everything(customer: Browsing, shop: RunningShop, email: str) -> None:
    customer.open("/akun/data-saya")
    customer.follow("/akun/data-saya/hapus")
    assert customer.submit("/akun/data-saya/hapus") in (200, 422)
    assert customer.error_beside("is_sure")
    customer.field("is_sure").check()
    customer.submit("/akun/data-saya/hapus")
    assert told("Your account is deleted") in customer.text
    assert is_out(customer)
    assert stored(shop, email) == [0, 0]
    assert sign_in(customer, email, PASSWORD) == 422


def change_password(customer: Browsing, shop: RunningShop, email: str) -> None:
    """After a while the old one is asked for first."""
    with shop.transaction() as session:
        session.execute(text("UPDATE user_sessions SET confirmed_at = confirmed_at - interval '16 minutes'"))
    customer.follow(f"{SECURITY}/sandi")
    assert customer.path == f"{SECURITY}/konfirmasi"
    write(customer, password="bukan kata sandinya")
    assert customer.submit(f"{SECURITY}/konfirmasi") == 422
    assert customer.error_beside("password")
    write(customer, password=PASSWORD)
    customer.submit(f"{SECURITY}/konfirmasi")
    write(customer, password="password1234")
    assert customer.submit(f"{SECURITY}/sandi") == 422
    assert customer.error_beside("password")
    write(customer, password=NEW)
    customer.submit(f"{SECURITY}/sandi")
    assert customer.path == SECURITY
    shop.inbox.wait_for(to=email, subject=told("The password of your account was changed"))


def change_address(customer: Browsing, shop: RunningShop, email: str) -> None:
    customer.open(f"{SECURITY}/surel")
    customer.trust_the_server()
    write(customer, email="bukan surel")
    assert customer.submit(f"{SECURITY}/surel") == 422
    assert customer.error_beside("email")
    write(customer, email=email)
    customer.submit(f"{SECURITY}/surel")
    assert email not in customer.text
    customer.open(link_to(shop, email, "Confirm your new address"))
    customer.press(button(customer))
    assert customer.path == SECURITY
    assert email in customer.text


def take_back(customer: Browsing, shop: RunningShop, email: str) -> None:
    """The mail at the address that was left undoes the change."""
    customer.open(link_to(shop, email, "The address of your account was changed"))
    set_new_password(customer, NEWEST)
    sign_in(customer, email, NEWEST)
    assert customer.path == "/akun"


def reset_password(window: Browsing, other: Browsing, shop: RunningShop, email: str) -> None:
    """Whoever has the mailbox sets a new password, and everybody else is out."""
    window.open("/masuk")
    window.follow("/lupa-sandi")
    write(window, email=email)
    window.submit("/lupa-sandi")
    assert window.path == "/lupa-sandi/surel"
    window.open(link_to(shop, email, "Set a new password"))
    set_new_password(window, NEW)
    assert is_out(other)
    sign_in(other, email, NEW)
    assert other.path == "/akun"


def set_new_password(window: Browsing, password: str) -> None:
    """On the page that a mail leads to; a bad one is refused first."""
    write(window, password="pendek")
    assert window.press(button(window)) == 422
    assert window.error_beside("password")
    write(window, password=password)
    window.press(button(window))
    assert window.path == "/masuk"


def write(customer: Browsing, **typed: str) -> None:
    for name, value in typed.items():
        customer.field(name).fill(value)


def button(customer: Browsing) -> Locator:
    """The one button of a page that a mail leads to."""
    return customer.page.locator('main button[type="submit"]')


def is_out(customer: Browsing) -> bool:
    customer.open(SECURITY)
    return customer.path == "/masuk"


def link_to(shop: RunningShop, email: str, subject: str) -> str:
    """The first link of the mail with this subject."""
    mail = shop.inbox.wait_for(to=email, subject=told(subject))
    found = re.search(r"http://\S+", mail.text)
    assert found is not None
    return found[0]


def stored(shop: RunningShop, email: str) -> list[int]:
    """How many accounts and links there are of an address."""
    with shop.transaction() as session:
        return [
            session.execute(
                text(f"SELECT count(*) FROM {table} WHERE email = :email"), {"email": email}
            ).scalar_one()
            for table in ("users", "account_links")
        ]
