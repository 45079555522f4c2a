"""The address book at the checkout: choosing a saved address, and keeping the one that was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import flash, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from accounts.errors import AddressBookFull, AddressNotFound
from accounts.queries import AddressRow, address_of, addresses_of, email_of
from accounts.regions import find_postcode
from accounts.services.addresses import Place, add_address
from accounts.web.session import current_actor
from kernel.db import reading_session
from kernel.web import sentence
from storefront.web.checkout_form import CheckoutForm
from storefront.web.visitor import visiting_user_id

STEP = "saved"
"""The button that takes over a saved address; the field `saved` says which."""


@dataclass(frozen=True, slots=True)
class Book:
    """What the checkout shows of an address book; `chosen` is the key of the address in the form."""

    addresses: tuple[AddressRow, ...]
    chosen: UUID | None


def first_form(checkout_key: str) -> CheckoutForm:
    """The form as it is opened: with the account's mail address and its default address, if there are."""
    user_id = visiting_user_id()
    if user_id is None:
        return CheckoutForm(formdata=None, checkout_key=checkout_key)
    session = reading_session()
    known = {"email": email_of(session, user_id), "checkout_key": checkout_key}
    address = next((each for each in addresses_of(session, user_id) if each.is_default), None)
    villages = find_postcode(address.postcode) if address else ()
    return CheckoutForm(
        formdata=None, villages=villages, data=known | _fields_of(address) if address else known
    )


def typed_form() -> CheckoutForm:
    """The form as it was sent."""
    return CheckoutForm(villages=find_postcode(request.form.get("postcode", "").strip()))


def chosen_form() -> CheckoutForm:
    """The form that was sent with the address chosen from the book in its place. Raises AddressNotFound."""
    if "saved" not in request.form:
        return typed_form()
    user_id = visiting_user_id()
    if user_id is None:
        raise AddressNotFound
    address = address_of(reading_session(), user_id, _key(request.form.get("saved", "")))
    typed = {**request.form.to_dict(), **_fields_of(address)}
    return CheckoutForm(MultiDict(typed), villages=find_postcode(address.postcode))


def book_for(form: CheckoutForm) -> Book | None:
    """The address book beside a form; None for a visitor."""
    user_id = visiting_user_id()
    if user_id is None:
        return None
    addresses = addresses_of(reading_session(), user_id)
    same = (each.key for each in addresses if _fields_of(each) == {n: form[n].data for n in _fields_of(each)})
    return Book(addresses, next(same, None))


def keep(session: Session, form: CheckoutForm, *, at: datetime) -> None:
    """Put the address of an order into its buyer's book, if they asked for it.

    A full book keeps no order from being placed: it is said on the next page.
    """
    if visiting_user_id() is None or not form.save_address.data:
        return
    place = Place(
        "", form.name.data, form.phone.data, form.street.data, form.village.data, form.postcode.data
    )
    try:
        add_address(session, place, actor=current_actor(), at=at)
    except AddressBookFull as refusal:
        flash(sentence(refusal), "warn")


def _fields_of(address: AddressRow) -> dict[str, str]:
    """The form's fields as an address fills them."""
    return {
        "name": address.recipient,
        "phone": address.phone,
        "postcode": address.postcode,
        "village": address.village_code,
        "street": address.street,
    }


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise AddressNotFound from error
