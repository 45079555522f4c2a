"""Every form says in its own words what is wrong: the library's have no Indonesian translation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from flask_wtf.i18n import Translations
from werkzeug.datastructures import MultiDict

from accounts.web.doors import CodeForm, SignInForm
from inventory.web.counts import OpenForm
from inventory.web.locations import PlaceForm, SaleForm
from inventory.web.pauses import PauseForm
from inventory.web.photographs import DescribeForm, UploadForm
from inventory.web.photographs import ReviewForm as PhotographReviewForm
from inventory.web.stock import AdjustForm, ReceiveForm
from inventory.web.transfers import EndsForm
from orders.web.enquiries import AnswerForm, NoteForm
from orders.web.oversight import MessageForm, StepInForm
from orders.web.parcel_page import CartonForm, FixForm, ReceiverForm, ReturnForm, ShipForm, ShortageForm
from orders.web.parcel_page import CodeForm as PickupForm
from orders.web.reviews import PublicAnswerForm, RefusalForm, SeenForm
from orders.web.takeovers import AskForm
from storefront.app import create_app
from storefront.web.account.addresses import AddressForm
from storefront.web.account.my_data import EraseForm
from storefront.web.account.notices import NoticesForm
from storefront.web.account.recover import ForgottenForm, NewPasswordForm
from storefront.web.account.register import ConfirmForm, RegisterForm
from storefront.web.account.security import EmailForm, NameForm, OwnPasswordForm, PasswordForm
from storefront.web.checkout_form import CheckoutForm
from storefront.web.enquiry_forms import BookingForm, ExportForm, QuestionForm, ReplyForm
from storefront.web.restock import RestockForm
from storefront.web.reviews import ReviewForm
from tests.conftest import make_config


def ship_form(formdata: MultiDict[str, str]) -> ShipForm:
    form = ShipForm(formdata=formdata)
    form.courier.choices = ["JNE"]
    return form


def fix_form(formdata: MultiDict[str, str]) -> FixForm:
    form = FixForm(formdata=formdata)
    form.courier.choices, form.carton.choices = ["JNE"], ["1"]
    return form


def pause_form(formdata: MultiDict[str, str]) -> PauseForm:
    form = PauseForm(formdata=formdata)
    form.what.choices = ["LPS-GARUT"]
    return form


def open_form(formdata: MultiDict[str, str]) -> OpenForm:
    form = OpenForm(formdata=formdata)
    form.upt.choices = ["LPS-GARUT"]
    return form


def ask_form(formdata: MultiDict[str, str]) -> AskForm:
    form = AskForm(formdata=formdata)
    form.upt.choices = ["LPS-GARUT"]
    return form


def ends_form(formdata: MultiDict[str, str]) -> EndsForm:
    form = EndsForm(formdata=formdata)
    form.source.choices = form.target.choices = ["LPS-GARUT"]
    return form


def place_form(formdata: MultiDict[str, str]) -> PlaceForm:
    form = PlaceForm(formdata=formdata)
    form.upt.choices = ["LPS-GARUT"]
    return form


FORMS: tuple[Callable[[MultiDict[str, str]], FlaskForm], ...] = (
    SignInForm,
    CodeForm,
    RegisterForm,
    ConfirmForm,
    ForgottenForm,
    NewPasswordForm,
    PasswordForm,
    EmailForm,
    NameForm,
    OwnPasswordForm,
    ReceiveForm,
    AdjustForm,
    open_form,
    pause_form,
    ends_form,
    place_form,
    SaleForm,
    UploadForm,
    DescribeForm,
    PhotographReviewForm,
    ship_form,
    fix_form,
    ShortageForm,
    PickupForm,
    ReceiverForm,
    ReturnForm,
    ask_form,
    CartonForm,
    CheckoutForm,
    AddressForm,
    RestockForm,
    AnswerForm,
    NoteForm,
    MessageForm,
    StepInForm,
    QuestionForm,
    ExportForm,
    BookingForm,
    ReplyForm,
    ReviewForm,
    SeenForm,
    RefusalForm,
    PublicAnswerForm,
    NoticesForm,
    EraseForm,
)


@pytest.fixture
def borrowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The sentences that a form took from the library, while a request is at hand."""
    sentences: list[str] = []

    def note(_translations: Translations, sentence: str, *_others: object) -> str:
        sentences.append(sentence)
        return sentence

    monkeypatch.setattr(Translations, "gettext", note)
    monkeypatch.setattr(Translations, "ngettext", note)
    app: Flask = create_app(
        make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1")
    )
    with app.test_request_context("/"):
        yield sentences


@pytest.mark.parametrize("make", FORMS)
@pytest.mark.parametrize("written", ["", "x", "x" * 20_000])
def test_says_what_is_wrong_in_our_words(
    make: Callable[[MultiDict[str, str]], FlaskForm], written: str, borrowed: list[str]
) -> None:
    names = list(make(MultiDict())._fields)
    form = make(MultiDict(dict.fromkeys(names, written)))
    borrowed.clear()  # the names of hidden fields, which nobody sees
    form.validate()
    assert borrowed == []


def test_would_notice_a_borrowed_sentence(borrowed: list[str]) -> None:
    form = ship_form(MultiDict({"courier": "nobody", "tracking_number": "JT0012345678"}))
    form.courier.invalid_choice_message = None
    assert not form.validate()
    assert borrowed == ["Not a valid choice."]
