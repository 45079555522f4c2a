"""A guest's orders join the account of the person who has shown that the mail address is theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.rules.limits import person

# The folded address finds the rows by their index; the address itself decides: what is another spelling of
# one mailbox to a limit may be another person's mailbox to the server behind it.
_JOIN = text(
    """
    WITH joined AS (
        UPDATE orders SET user_id = :user_id
        WHERE user_id IS NULL AND buyer_email = :folded AND lower(email) = :email
        RETURNING id
    ), told AS (
        INSERT INTO order_events (order_id, kind, actor_user_id, actor_label, at)
        SELECT id, 'joined_account', :actor_user_id, :actor_label, :at FROM joined
    )
    SELECT count(*) FROM joined
    """
)


def join_orders(session: Session, *, user_id: int, email: str, actor: Actor, at: datetime) -> int:
    """Give a person the orders placed as a guest under their address; gives how many they were.

    The caller has seen proof that `email` is theirs, in this transaction or before. An order that belongs to
    somebody already stays theirs; of two at once the second finds it taken.
    """
    values = {
        "user_id": user_id,
        "email": email.strip().lower(),
        "folded": person(email, "").email,
        "actor_user_id": actor.user_id,
        "actor_label": actor.label,
        "at": at,
    }
    joined: int = session.scalars(_JOIN, values).one()
    return joined
