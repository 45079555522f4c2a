"""What a person agreed to and wants: every change is kept, and what is switched off stops at once."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import NewsIncomplete, NewsSentBefore
from accounts.models import Consent, User
from accounts.notices import CONSENT_VERSIONS, NEWS, hashed_address, stop_path, stopped_by
from accounts.rules import system_actor
from accounts.services import news
from accounts.services.consents import (
    Evidence,
    choices_of,
    choose,
    notice_key,
    still_wants,
    stop,
    wants,
)
from kernel.errors import NotFound
from kernel.mail import Letter, Mail, queue_mail
from storefront.web.account.notices import NEWS_SENTENCE
from tests.factories.accounts import make_user

SHOWN = Evidence("Yes, please.", "en", "account_page", "f00")


@pytest.fixture
def sari(session: Session) -> User:
    return make_user(session, "Sari")


def consents(session: Session) -> list[Consent]:
    return list(session.scalars(select(Consent).order_by(Consent.id)))


def queue(session: Session, user: User, topic: str, at: datetime) -> Mail:
    letter = Letter("a@example.id", "S", "text", "html", "id", topic, notice_key(session, user.id))
    queue_mail(session, letter, cause=f"{topic}:{user.id}", at=at)
    return session.scalars(select(Mail).where(Mail.cause == f"{topic}:{user.id}")).one()


class TestChoose:
    def test_nobody_gets_news_unasked(self, session: Session, sari: User) -> None:
        assert choices_of(session, sari.id) == {"order": True, "back_in_stock": True, "news": False}

    def test_keeps_what_was_shown_and_every_turn(self, session: Session, sari: User, at: datetime) -> None:
        for is_wanted in (True, True, False):
            choose(session, sari.id, {NEWS: is_wanted}, SHOWN, at=at)
        given, taken = consents(session)
        assert (given.is_given, taken.is_given) == (True, False)
        assert (given.wording, given.locale, given.channel, given.ip_hash, given.text_version, given.at) == (
            "Yes, please.",
            "en",
            "account_page",
            "f00",
            "news-1",
            at,
        )
        assert not wants(session, sari.id, NEWS)

    def test_each_kind_is_chosen_by_itself(self, session: Session, sari: User, at: datetime) -> None:
        assert choose(session, sari.id, {"order": False, "back_in_stock": True, NEWS: True}, SHOWN, at=at)
        assert choices_of(session, sari.id) == {"order": False, "back_in_stock": True, "news": True}
        assert not choose(session, sari.id, {"order": False}, SHOWN, at=at)

    def test_what_waits_is_dropped_and_nothing_else(self, session: Session, sari: User, at: datetime) -> None:
        other = make_user(session)
        for user in (sari, other):
            choose(session, user.id, {NEWS: True}, SHOWN, at=at)
        mine, order, theirs = (
            queue(session, sari, NEWS, at),
            queue(session, sari, "order", at),
            queue(session, other, NEWS, at),
        )
        stop(session, notice_key(session, sari.id), NEWS, SHOWN, at=at)
        session.expire_all()
        assert (mine.state, mine.body_text, mine.body_html) == ("dropped", "", "")
        assert (order.state, theirs.state) == ("queued", "queued")
        assert not still_wants(session, mine.subscriber, NEWS)
        assert still_wants(session, theirs.subscriber, NEWS)


class TestTheRecord:
    def test_can_be_neither_changed_nor_deleted(self, session: Session, sari: User, at: datetime) -> None:
        choose(session, sari.id, {NEWS: True}, SHOWN, at=at)
        for statement in (
            update(Consent).values(is_given=False),
            update(Consent).values(ip_hash="", wording="Other."),
            update(Consent).values(ip_hash="other"),
            delete(Consent),
        ):
            with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
                session.execute(statement)

    def test_lets_go_of_the_address_alone(self, session: Session, sari: User, at: datetime) -> None:
        choose(session, sari.id, {NEWS: True}, SHOWN, at=at)
        session.execute(update(Consent).values(ip_hash=""))
        session.expire_all()
        assert consents(session)[0].ip_hash == ""

    def test_another_sentence_is_another_version(self) -> None:
        """Whoever changes the sentence gives it a new version, and writes its beginning down here."""
        known = {"news-1": "Lapak may send me news by e-mail: new goods, fairs and offers, at most twice a"}
        assert str(NEWS_SENTENCE._args[0]).startswith(known[CONSENT_VERSIONS[NEWS]])

    def test_an_address_is_kept_so_that_it_cannot_be_read(self) -> None:
        hashed = hashed_address("192.0.2.7", secret_key="s")
        assert "192" not in hashed
        assert hashed != hashed_address("192.0.2.7", secret_key="t")


class TestLinks:
    def test_name_a_kind_and_a_reader_and_cannot_be_made_up(self, session: Session, sari: User) -> None:
        key = notice_key(session, sari.id)
        token = stop_path(NEWS, key, secret_key="s").rpartition("/")[2]
        assert stopped_by(token, secret_key="s") == (NEWS, key)
        assert len(key) >= 22, "drawn, not counted"
        for wrong, secret in ((token, "t"), (token[:-1], "s"), ("none", "s")):
            with pytest.raises(NotFound):
                stopped_by(wrong, secret_key=secret)

    def test_of_nobody_stop_nothing(self, session: Session, at: datetime) -> None:
        with pytest.raises(NotFound):
            stop(session, "nobody", NEWS, SHOWN, at=at)
        assert consents(session) == []


TEXT = news.NewsText("Kabar", "Panen baru.", "News", "A new harvest.", "/produk")
DESK = system_actor("test")


class TestNews:
    def test_go_to_who_consents_in_the_language_of_the_consent(
        self, session: Session, sari: User, at: datetime
    ) -> None:
        gone, shut_out = make_user(session), make_user(session, is_active=False)
        make_user(session)
        for user in (sari, gone, shut_out):
            choose(session, user.id, {NEWS: True}, SHOWN, at=at)
        choose(session, gone.id, {NEWS: False}, SHOWN, at=at)
        assert news.release_news(session, TEXT, actor=DESK, at=at) == 1
        readers = news.next_readers(session, after_user_id=0)
        assert [(reader.user_id, reader.locale) for reader in readers] == [(sari.id, "en")]
        assert news.next_readers(session, after_user_id=sari.id) == []

    def test_are_released_once(self, session: Session, at: datetime) -> None:
        news.release_news(session, TEXT, actor=DESK, at=at)
        with pytest.raises(NewsSentBefore):
            news.release_news(session, TEXT, actor=DESK, at=at)

    @pytest.mark.parametrize(
        "wrong",
        [
            news.NewsText("", "b", "s", "b"),
            news.NewsText("s", "b", "s", " "),
            news.NewsText("s" * 151, "b", "s", "b"),
            news.NewsText("s\nBcc: x", "b", "s", "b"),
            news.NewsText("s", "b", "s", "b", "https://elsewhere.example"),
            news.NewsText("s", "b", "s", "b", "//elsewhere.example"),
        ],
    )
    def test_need_both_languages_and_stay_on_this_site(
        self, session: Session, wrong: news.NewsText, at: datetime
    ) -> None:
        with pytest.raises(NewsIncomplete):
            news.release_news(session, wrong, actor=DESK, at=at)
