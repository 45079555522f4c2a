"""What happens by itself as the clock advances: sessions expire, slow refunds and transfers settle."""

from collections.abc import Callable

from sandbox.stripe import disputes, payments, refunds, sessions
from sandbox.stripe.problems import Json
from sandbox.stripe.world import World


def run_due(world: World) -> None:
    """Do everything whose moment has come, earliest first."""
    sessions.expire_due(world)
    now = world.now()
    due = [timer for timer in world.timers if timer["at"] <= now]
    if not due:
        return
    world.timers = [timer for timer in world.timers if timer["at"] > now]
    for timer in sorted(due, key=_moment):
        _ACTIONS[timer["action"]](world, timer["id"])
    world.dirty = True


def _moment(timer: Json) -> int:
    at: int = timer["at"]
    return at


def _transfer_arrives(world: World, session_id: str) -> None:
    session = world.sessions[session_id]
    if payments.awaits_transfer(world, session):
        payments.settle_transfer(world, session, succeeded=True)


def _refund_succeeds(world: World, refund_id: str) -> None:
    if world.refunds[refund_id]["status"] == "pending":
        refunds.succeed(world, world.refunds[refund_id])


def _refund_fails(world: World, refund_id: str) -> None:
    if world.refunds[refund_id]["status"] in {"pending", "succeeded"}:
        refunds.fail(world, world.refunds[refund_id], reason="expired_or_canceled_card")


def _dispute_opens(world: World, charge_id: str) -> None:
    charge = world.charges[charge_id]
    if not charge["disputed"]:
        disputes.open_dispute(world, charge, reason="fraudulent")


_ACTIONS: dict[str, Callable[[World, str], None]] = {
    "transfer_arrives": _transfer_arrives,
    "refund_succeeds": _refund_succeeds,
    "refund_fails": _refund_fails,
    "dispute_opens": _dispute_opens,
}
