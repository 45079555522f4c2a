"""Mails about enquiries: to the customer in their language, to the UPTs asked and to the national office.

What a buyer asks about a parcel leads to the order's page and is announced to its UPT alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.i18n import DEFAULT_LOCALE, hours, long_date, province_zone, weekday_date
from kernel.web import config
from orders.events import EnquiryAnswered, EnquiryContinued, EnquiryReceived
from orders.links import enquiry_url, order_url
from orders.queries.enquiries import AskedUpt, EnquiryView, MessageView, enquiry_of, enquiry_of_message
from worker.notifications.writing import Content, post


def mail_enquiry_received(session: Session, event: EnquiryReceived, *, at: datetime) -> None:
    """Thank the customer: what was asked, who answers, and where the conversation goes on.

    Nobody has shown that the address is theirs, so nothing that was typed freely is in it: no name, no words.
    """
    enquiry = enquiry_of(session, event.enquiry_id)
    if enquiry.kind == "parcel":
        return  # it stands on the order's page, which its buyer has open

    def write() -> Content:
        return Content(
            subject=_("Your request %(number)s has arrived", number=enquiry.number),
            opening=(
                _("Hello,"),
                _(
                    "Thank you for your request about %(product)s. The institution answers on working days;"
                    " each answer is mailed to you.",
                    product=enquiry.product,
                ),
                *(
                    (_("Your booking counts once it is confirmed. Please do not come before that."),)
                    if enquiry.booking
                    else ()
                ),
            ),
            link=(_link(enquiry), _("Open the conversation")),
            facts=_facts(enquiry),
            closing=(_on_the_page(),),
            reason=_customer_reason(),
        )

    _to_customer(session, enquiry, write, "received", at)


def mail_enquiry_answered(session: Session, event: EnquiryAnswered, *, at: datetime) -> None:
    """Tell the customer what staff wrote or decided."""
    enquiry = enquiry_of_message(session, event.message_id)
    message = enquiry.message(event.message_id)
    if message.kind == "reopened":
        return  # the customer has nothing to read yet

    def write() -> Content:
        subject, sentence = _said(enquiry, message)
        sender = message.upt_name or _("Lapak, Directorate General of Corrections")
        words = ((sender, message.body),) if message.body else ()
        facts = _facts(enquiry) if message.kind in ("confirmed", "declined") else ()
        return Content(
            subject=subject,
            opening=(_("Hello,"), sentence),
            link=(_link(enquiry), _("Read and answer")),
            facts=(*words, *facts),
            closing=(_on_the_page(),),
            reason="" if enquiry.kind == "parcel" else _customer_reason(),
        )

    _to_customer(session, enquiry, write, f"entry:{message.id}", at)


def announce_enquiry(session: Session, event: EnquiryReceived, *, at: datetime) -> None:
    """Tell each UPT that is asked, and the national office of what goes abroad."""
    enquiry = enquiry_of(session, event.enquiry_id)

    def subject() -> str:
        about = enquiry.product or enquiry.parcel_number
        return str(_("New request %(number)s: %(product)s", number=enquiry.number, product=about))

    _to_staff(session, enquiry, enquiry.upts, subject, "announced", enquiry.messages, at)


def announce_continuation(session: Session, event: EnquiryContinued, *, at: datetime) -> None:
    """Tell those who answered that the customer wrote again: once until they answer, and nobody else."""
    enquiry = enquiry_of_message(session, event.message_id)
    message = enquiry.message(event.message_id)
    if _waits_already(enquiry, message):
        return
    answered = {each.upt_name for each in enquiry.messages if each.id < message.id and each.sender == "staff"}
    upts = tuple(upt for upt in enquiry.upts if upt.name in answered)

    def subject() -> str:
        return str(_("The customer wrote again: %(number)s", number=enquiry.number))

    _to_staff(session, enquiry, upts, subject, f"entry:{message.id}", (message,), at)


def _waits_already(enquiry: EnquiryView, message: MessageView) -> bool:
    """Whether the thread waited for staff before this entry; a new link is no answer."""
    earlier = [each for each in enquiry.messages if each.id < message.id and each.kind != "link"]
    return not earlier or earlier[-1].sender == "customer"


def _said(enquiry: EnquiryView, message: MessageView) -> tuple[str, str]:
    """Subject and first sentence for what was done."""
    number = enquiry.number
    match message.kind:
        case "confirmed":
            return (
                _("Your booking is confirmed: %(number)s", number=number),
                _("Your booking is confirmed. Please bring an identity card; the gate asks for it."),
            )
        case "declined":
            return (
                _("Your booking cannot take place: %(number)s", number=number),
                _("We are sorry: your booking cannot take place. You are welcome to ask for another time."),
            )
        case "closed":
            return (
                _("Your request %(number)s is closed", number=number),
                _("Your request is closed. Write on its page to open it again."),
            )
        case "link":
            return (
                _("A new link to your request %(number)s", number=number),
                _("Here is a new link to your request. Earlier links no longer work."),
            )
        case _ if enquiry.kind == "parcel":
            return (
                _("An answer about your parcel %(number)s", number=enquiry.parcel_number),
                _("The institution that packs your parcel has answered you."),
            )
        case _:
            return (
                _("An answer to your request %(number)s", number=number),
                _("There is an answer to your request about %(product)s.", product=enquiry.product),
            )


def _to_customer(
    session: Session, enquiry: EnquiryView, write: Callable[[], Content], what: str, at: datetime
) -> None:
    cause = f"enquiry:{enquiry.number}:{what}"
    post(session, write, recipient=enquiry.email, locale=enquiry.locale, cause=cause, at=at)


def _to_staff(
    session: Session,
    enquiry: EnquiryView,
    upts: tuple[AskedUpt, ...],
    subject: Callable[[], str],
    what: str,
    messages: tuple[MessageView, ...],
    at: datetime,
) -> None:
    settings = config()

    def write() -> Content:
        return Content(
            subject=subject(),
            opening=(_("Somebody waits for an answer. Please give it within two working days."),),
            link=(f"{settings.base_url}/staff/permintaan/{enquiry.number}", _("Open the request")),
            facts=(
                (_("Customer"), f"{enquiry.name}, {enquiry.company}" if enquiry.company else enquiry.name),
                *_facts(enquiry),
                *_typed(enquiry),
                *_words(messages),
            ),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    recipients = {upt.email or settings.alert_mail for upt in upts}
    if enquiry.kind == "export" or not recipients:
        recipients.add(settings.alert_mail)
    for place, recipient in enumerate(sorted(recipients)):
        cause = f"enquiry:{enquiry.number}:staff:{what}:{place}"
        post(session, write, recipient=recipient, locale=DEFAULT_LOCALE, cause=cause, at=at)


def _facts(enquiry: EnquiryView) -> tuple[tuple[str, str], ...]:
    """What was asked, in our own words and numbers only."""
    if enquiry.kind == "parcel":
        return ((_("Parcel"), enquiry.parcel_number),)
    facts = [(_("Product"), enquiry.product)]
    booking = enquiry.booking
    if booking:
        zone = province_zone(booking.province_code)
        time = hours(booking.starts_at, booking.ends_at, zone)
        facts += [
            (_("When"), f"{weekday_date(booking.day)}, {time}"),
            (_("Where"), booking.upt_name),
            (_("People"), str(booking.people)),
        ]
    if enquiry.quantity:
        facts.append((_("Quantity"), str(enquiry.quantity)))
    if enquiry.wanted_on:
        facts.append((_("Wanted by"), long_date(enquiry.wanted_on)))
    return tuple(facts)


def _typed(enquiry: EnquiryView) -> tuple[tuple[str, str], ...]:
    """What the customer wrote into fields of their own; for staff only."""
    facts = ((_("Unit"), enquiry.unit), (_("Destination"), enquiry.destination))
    return tuple((label, written) for label, written in facts if written)


def _words(messages: tuple[MessageView, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((_("Message"), message.body) for message in messages if message.body)


def _link(enquiry: EnquiryView) -> str:
    settings = config()
    if enquiry.kind == "parcel":
        page = order_url(
            settings.base_url, enquiry.order_number, secret_key=settings.secret_key, locale=enquiry.locale
        )
        return f"{page}/tanya/{enquiry.parcel_number}"
    return enquiry_url(
        settings.base_url,
        enquiry.number,
        enquiry.link_key,
        secret_key=settings.secret_key,
        locale=enquiry.locale,
    )


def _on_the_page() -> str:
    return str(_("Please write on that page: a reply to this mail is not read."))


def _customer_reason() -> str:
    return str(_("You receive this mail because somebody sent a request on Lapak with this address."))
