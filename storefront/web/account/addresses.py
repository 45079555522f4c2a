"""The address book: the list, and adding, changing and deleting one of its addresses."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length

from accounts.errors import AddressBookFull, AddressTwice
from accounts.queries import AddressRow, address_of, addresses_of
from accounts.regions import find_postcode
from accounts.rules import LONGEST_LABEL, MOST_ADDRESSES
from accounts.services.addresses import Place, add_address, change_address, delete_address, make_default
from accounts.web.session import current_actor
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import sentence, to
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.place_form import (
    PlaceForm,
    phone_field,
    postcode_field,
    recipient_field,
    street_field,
    stripped,
    village_field,
)
from storefront.web.visitor import render_page

blueprint = Blueprint("account_addresses", __name__, url_prefix="/akun/alamat")

BOOK = "/akun/alamat"
Answer = str | Response | tuple[str, int]


class AddressForm(PlaceForm):
    """One place: what it is called, who receives parcels there, and where it is."""

    label = StringField(
        lazy_gettext("Name of this address"),
        description=lazy_gettext("Like Home or Office; only you see it."),
        filters=[stripped],
        validators=[Length(max=LONGEST_LABEL, message=lazy_gettext("Please write at most 40 letters."))],
    )
    name = recipient_field()
    phone = phone_field()
    postcode = postcode_field()
    village = village_field()
    street = street_field()

    @property
    def place(self) -> Place:
        """What was written, once it is valid."""
        return Place(
            label=self.label.data or "",
            recipient=self.name.data,
            phone=self.phone.data,
            street=self.street.data,
            village_code=self.village.data,
            postcode=self.postcode.data,
        )


@blueprint.get("")
@customer_page
def book() -> str:
    """Every address, the default first."""
    return render_page(
        "storefront/account/addresses.html",
        addresses=addresses_of(reading_session(), signed_in_id()),
        most=MOST_ADDRESSES,
    )


@blueprint.get("/baru")
@customer_page
def new() -> str:
    """The empty form."""
    return _form_page(AddressForm(formdata=None))


@blueprint.post("/baru")
@customer_page
def add() -> Answer:
    """Keep a new address; `step` tells whether only the postcode's villages are asked for."""
    form = _sent_form()
    if request.form.get("step") == "address":
        return _villages_step(form)
    if not form.validate():
        return _form_page(form), 422
    try:
        with transaction() as session:
            add_address(session, form.place, actor=current_actor(), at=now())
    except AddressBookFull as refusal:
        form.form_errors.append(sentence(refusal))
        return _form_page(form), 409
    flash(_("The address is in your address book."), "good")
    return redirect(to(BOOK), 303)


@blueprint.get("/<uuid:key>")
@customer_page
def show(key: UUID) -> str:
    """An address to be changed."""
    address = address_of(reading_session(), signed_in_id(), key)
    return _form_page(_form_of(address), address)


@blueprint.post("/<uuid:key>")
@customer_page
def change(key: UUID) -> Answer:
    """Write an address anew."""
    address = address_of(reading_session(), signed_in_id(), key)
    form = _sent_form()
    if request.form.get("step") == "address":
        return _villages_step(form, address)
    if not form.validate():
        return _form_page(form, address), 422
    try:
        with transaction() as session:
            change_address(session, key, form.place, actor=current_actor(), at=now())
    except AddressTwice as refusal:
        form.form_errors.append(sentence(refusal))
        return _form_page(form, address), 409
    flash(_("The address was changed."), "good")
    return redirect(to(BOOK), 303)


@blueprint.post("/<uuid:key>/hapus")
@customer_page
def delete(key: UUID) -> Response:
    """Take an address out of the book; orders that went there keep what is written on them."""
    with transaction() as session:
        delete_address(session, key, actor=current_actor())
    flash(_("The address was deleted."), "good")
    return redirect(to(BOOK), 303)


@blueprint.post("/<uuid:key>/utama")
@customer_page
def default(key: UUID) -> Response:
    """Have this address offered first."""
    with transaction() as session:
        make_default(session, key, actor=current_actor())
    flash(_("This address is offered first from now on."), "good")
    return redirect(to(BOOK), 303)


def _sent_form() -> AddressForm:
    return AddressForm(villages=find_postcode(request.form.get("postcode", "").strip()))


def _form_of(address: AddressRow) -> AddressForm:
    values = {
        "label": address.label,
        "name": address.recipient,
        "phone": address.phone,
        "postcode": address.postcode,
        "village": address.village_code,
        "street": address.street,
    }
    return AddressForm(MultiDict(values), villages=find_postcode(address.postcode))


def _villages_step(form: AddressForm, address: AddressRow | None = None) -> Answer:
    """Only the postcode is looked at: its villages are shown to choose from."""
    return _form_page(form, address) if form.check_postcode() else (_form_page(form, address), 422)


def _form_page(form: AddressForm, address: AddressRow | None = None) -> str:
    return render_page("storefront/account/address.html", form=form, address=address)
