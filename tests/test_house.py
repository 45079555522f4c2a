"""Rules of the house that types cannot say: read from the source, each with the files that may break it."""

import re
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from accounts.web import sentences as accounts
from inventory.web import sentences as inventory
from kernel.outbox import Event
from orders.web import sentences as orders
from storefront.web import sentences as shop
from worker.schedule import beat_schedule
from worker.subscriptions import SILENT, SUBSCRIPTIONS, by_handler
from worker.tasks import TASKS

OPEN_TO_STAFF = {
    "alembic_version": "which tables there are",
    "audit_head": "the last hash",
    "enquiry_upts": "whom an enquiry was put to; it names no person, and who is asked sees who else was",
    "invoice_series": "how many papers there are",
    "job_runs": "when what was done",
    "saved_filters": "which list under which choices, without a word about anybody; its reader's alone",
    "review_invitations": "which order was asked, and when",
    **dict.fromkeys(("users", "memberships", "sign_ins", "user_sessions"), "who asks, for every page"),
    **dict.fromkeys(("second_factors", "recovery_codes", "account_links"), "who asks, where they sign in"),
    **dict.fromkeys(("kanwils", "upts", "old_upt_slugs", "categories"), "public"),
    **dict.fromkeys(("products", "old_product_slugs", "variants", "variant_options", "makers"), "public"),
    **dict.fromkeys(("product_facts", "product_terms", "permit_rules", "permit_products"), "public"),
    **dict.fromkeys(("catalogue_entries", "catalogue_terms", "service_slots", "shipping_rates"), "public"),
}
"""Tables of which the role of staff's pages sees every row, and why. What holds one UPT's work or its
customers gets a policy in the migration that makes it, as in 0039.
"""

WITHOUT_A_FILE = {
    "accounts/person.html": "when one person signed in: to be looked at, not carried away",
    "accounts/sample_codes.html": "codes of demo accounts, which are nowhere else",
    "accounts/saved_filters.html": "the reader's own lists, each of which has a file",
    "inventory/permit.html": "what is doubtful in one number",
    "inventory/photographs.html": "the pictures of one product; the list of products has a file",
    "inventory/product.html": "one product; its fields come as the template of products",
    "inventory/product_texts.html": "fields of a form",
    "inventory/product_variant.html": "fields of a form",
    "inventory/stock.html": "one shelf; its batches and its ledger have files, to which it leads",
    "inventory/transfer.html": "one transfer, whose lines stand in the file of all",
    "orders/parcel.html": "one parcel, whose lines stand in the file of orders",
    "orders/problem.html": "fields of a form",
    "orders/slip.html": "to be printed and put into the carton",
    "orders/takeover_ask.html": "fields of a form",
    "orders/today.html": "the beginning of lists, each with a file on its own page",
    "orders/upt.html": "messages nobody has seen to; the audit log has a file",
}
"""Pages of staff that go through rows and offer no file of them, and why."""

ROOT = Path(__file__).parent.parent
ROOMS = (
    "storefront",
    "worker",
    "privacy",
    "reporting",
    "orders",
    "inventory",
    "accounts",
    "kernel",
    "operations",
)


def files_with(pattern: str) -> set[str]:
    """The product's files in which a line of code matches."""
    expression = re.compile(pattern)
    return {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(expression.search(line.partition("#")[0]) for line in path.read_text().splitlines())
    }


class TestTheSource:
    def test_one_place_commits(self) -> None:
        assert files_with(r"\.commit\(\)") == {"kernel/db.py"}

    def test_a_session_is_asked_for_by_what_it_is_for(self) -> None:
        """A transaction to change something, or `reading_session`, which rolls nothing back."""
        assert files_with(r"\bdb\.session\(\)") == {"kernel/db.py"}

    def test_only_doors_read_the_environment(self) -> None:
        readers = files_with(r"os\.environ|os\.getenv")
        assert {"storefront/wsgi.py", "worker/celery_app.py"} <= readers
        assert {reader for reader in readers if not reader.startswith("operations/")} == {
            "storefront/wsgi.py",
            "worker/celery_app.py",
        }

    def test_only_the_relay_queues_tasks(self) -> None:
        assert files_with(r"\.send_task\(|\.apply_async\(|\.delay\(|\.si?\(.*\)\.apply") == {
            "worker/relay.py"
        }

    def test_no_two_rooms_call_a_refusal_the_same(self) -> None:
        """The rooms' sentences are laid together: one would be said in the place of the other."""
        codes = Counter(code for room in (shop, accounts, inventory, orders) for code in room.SENTENCES)
        assert [code for code, times in codes.items() if times > 1] == []

    @pytest.mark.parametrize("word", [r"\beta\s*=", r"\bcountdown\s*="])
    def test_nothing_waits_in_the_broker(self, word: str) -> None:
        assert files_with(word) == set()


class TestTheTables:
    def test_each_is_behind_the_second_wall_or_said_to_be_open(self, engine: Engine) -> None:
        """A table of one UPT's work gets a policy where it is made, as in 0039; others get a reason."""
        unguarded = text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND NOT relrowsecurity AND has_table_privilege('lapak_staff', oid, 'SELECT')"
        )
        with engine.connect() as connection:
            assert set(connection.scalars(unguarded)) == set(OPEN_TO_STAFF)


class TestEvents:
    def test_each_is_listened_to_or_named_as_silent_and_never_both(self) -> None:
        ours = {event for event in Event.types.values() if not event.__module__.startswith("tests.")}
        heard = {subscription.event for subscription in SUBSCRIPTIONS}
        assert heard | set(SILENT) == ours
        assert not heard & set(SILENT)

    def test_handlers_have_names_of_their_own(self) -> None:
        assert len(by_handler(SUBSCRIPTIONS)) == len(SUBSCRIPTIONS)

    def test_who_asks_also_calls(self) -> None:
        for subscription in SUBSCRIPTIONS:
            assert (subscription.ask is None) == (subscription.call is None), subscription.name


class TestTasks:
    def test_what_the_schedule_names_exists(self) -> None:
        assert {entry["task"] for entry in beat_schedule().values()} <= TASKS.keys()

    def test_every_task_is_scheduled_or_rung_for(self) -> None:
        scheduled = {entry["task"] for entry in beat_schedule().values()}
        assert TASKS.keys() - scheduled == {"lapak.deliver", "lapak.deliver_long", "lapak.mail"}


class TestTheFolders:
    def test_every_template_is_used(self) -> None:
        templates = ROOT / "templates"
        texts = [path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")]
        texts += [path.read_text() for path in templates.rglob("*") if path.is_file()]
        names = {str(path.relative_to(templates)) for path in templates.rglob("*") if path.is_file()}
        assert {name for name in names if not any(f'{name}"' in t or f"{name}'" in t for t in texts)} == set()

    def test_every_list_of_staff_can_be_kept_as_a_file(self) -> None:
        pages = {
            str(path.relative_to(ROOT / "templates")): path.read_text()
            for path in (ROOT / "templates").rglob("*.html")
            if "extends 'staff/base.html'" in path.read_text()
        }
        lists = {name for name, page in pages.items() if re.search(r"{%-? for ", page)}
        kept = {name for name in lists if "{{ downloads(" in pages[name]}
        assert lists - kept == WITHOUT_A_FILE.keys()
        assert len(kept) > 15

    def test_every_button_says_what_it_does(self) -> None:
        mute = {
            str(path.relative_to(ROOT))
            for path in (ROOT / "templates").rglob("*.html")
            if re.search(r"<button(?![^>]*\btype=)", path.read_text())
        }
        assert mute == set()

    def test_the_readme_names_the_rooms_there_are(self) -> None:
        folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
        named = set(re.findall(r"^\| `(\w+)/` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
        assert folders == {*ROOMS, "sandbox"}
        assert folders <= named
