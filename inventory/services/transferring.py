"""Transfers: drawn up, sent and received by the officers of either end.

Locks: places, the transfer, then shelves in the order of their ids, then the head of the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.errors import QuantityInvalid, StockNotFound, StockNotYours, StockTooLow, TransferRefused
from inventory.models import Stock, Transfer, TransferLine, Variant
from inventory.moving import LONGEST_EXPLANATION, MOST_TRANSFER_LINES
from inventory.queries.locations import End, ends_for
from inventory.queries.transfers import TransferRow, target_makes, transfer_for
from inventory.rules import MOST_PIECES_AT_ONCE
from inventory.services.locations import hold_places
from inventory.services.moving import Load, hold_stocks, move_back, move_in, move_out


def begin_transfer(
    session: Session, source: str, target: str, *, key: UUID, actor: Actor, at: datetime
) -> UUID:
    """Draw up a transfer between two ends (`End.value`); the same key, the same transfer.

    It is sent in a transaction of its own: its entry in the audit log holds the log's head until then.

    Raises StockNotFound for an end that is not theirs to name, PlaceNotFound for one that was closed
    meanwhile, and TransferRefused for two that do not fit.
    """
    ends = {end.value: end for end in ends_for(session, actor)}
    from_end, to_end = ends.get(source), ends.get(target)
    if from_end is None or to_end is None or not actor.may_at("stock.change", from_end.upt_id):
        raise StockNotFound
    _check_ends(from_end, to_end)
    hold_places(session, {each for each in (from_end.location_id, to_end.location_id) if each is not None})
    values = {
        "key": key,
        "from_upt_id": from_end.upt_id,
        "from_location_id": from_end.location_id,
        "to_upt_id": to_end.upt_id,
        "to_location_id": to_end.location_id,
        "actor_user_id": actor.user_id,
        "actor_label": actor.label,
        "at": at,
    }
    begun = session.scalar(upsert(Transfer).values(values).on_conflict_do_nothing().returning(Transfer.id))
    draft = transfer_for(session, actor, key)
    if begun is not None:
        ends_named = {"state": "draft", "from": draft.from_name, "to": draft.to_name}
        audit.record(
            session,
            actor,
            "transfer.begin",
            "transfer",
            str(key),
            at=at,
            upt_id=draft.from_upt_id,
            after=ends_named,
        )
    return draft.key


def write_transfer(
    session: Session, key: UUID, pieces: Mapping[str, int], *, actor: Actor, at: datetime
) -> None:
    """Write into a draft how many pieces of each SKU are to go, 0 for none; the others stay as they are.

    Raises TransferNotFound, StockNotYours, StockNotFound, QuantityInvalid, and TransferRefused for what was
    sent already, and for what the other UPT does not make (parameters sku, upt).
    """
    draft = _hold_draft(session, key, actor)
    before, after = _write(session, draft, pieces)
    _tell(session, draft, "transfer.write", before, after, state="draft", actor=actor, at=at)


def send_transfer(
    session: Session, key: UUID, pieces: Mapping[str, int], *, actor: Actor, at: datetime
) -> None:
    """Send a draft with these pieces written into it: all of them leave the shelf, or none.

    Raises what `write_transfer` does, and TransferRefused for no pieces, for too many kinds of goods, and
    for too few pieces of one SKU (parameters sku, available).
    """
    draft = _hold_draft(session, key, actor)
    _write(session, draft, pieces)
    shelves = (
        select(TransferLine.id, TransferLine.variant_id, Stock.id, TransferLine.pieces, Variant.sku)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Stock, (Stock.variant_id == Variant.id) & (Stock.upt_id == draft.from_upt_id))
        .where(TransferLine.transfer_id == draft.id)
        .order_by(Stock.id)
    )
    lines = session.execute(shelves.with_for_update(of=Stock)).all()
    if not lines:
        raise TransferRefused("transfer_empty")
    if len(lines) > MOST_TRANSFER_LINES:
        raise TransferRefused("transfer_too_long", most=MOST_TRANSFER_LINES)
    for *load, sku in lines:
        try:
            move_out(session, draft, Load(*load), actor=actor, at=at)
        except StockTooLow as refusal:
            raise TransferRefused("transfer_too_few", sku=sku, **refusal.parameters) from refusal
    _set(session, draft, state="sent", sent_label=actor.label, sent_at=at)
    told = {line.sku: line.pieces for line in lines}
    _tell(session, draft, "transfer.send", {}, told, state="sent", actor=actor, at=at)


def receive_transfer(
    session: Session,
    key: UUID,
    received: Mapping[str, int],
    explanation: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """So many pieces arrived, by SKU; fewer than were sent need an explanation, more are refused.

    Raises TransferNotFound, StockNotYours, TransferRefused (parameters by code sku, sent, most).
    """
    transfer = _hold(session, key, actor)
    _check_step(transfer, "sent", transfer.to_upt_id, actor)
    loads = _hold_loads(session, transfer, transfer.to_upt_id)
    is_short = _check_receipt(loads, received, explanation)
    for sku, load in loads.items():
        arrived = received[sku]
        session.execute(update(TransferLine).where(TransferLine.id == load.line_id).values(received=arrived))
        if arrived:
            move_in(session, transfer, replace(load, pieces=arrived), actor=actor, at=at)
    done = {"state": "received", "received_label": actor.label, "received_at": at}
    _set(session, transfer, explanation=explanation if is_short else "", **done)
    sent: dict[str, object] = {sku: load.pieces for sku, load in loads.items()}
    told: dict[str, object] = {sku: received[sku] for sku in loads}
    told |= {"explanation": explanation} if is_short else {}
    _tell(session, transfer, "transfer.receive", sent, told, state="received", actor=actor, at=at)


def call_off_transfer(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Drop what was never sent. Raises TransferNotFound, StockNotYours, TransferRefused."""
    draft = _hold_draft(session, key, actor)
    _set(session, draft, state="called_off")
    _tell(session, draft, "transfer.call_off", {}, {}, state="called_off", actor=actor, at=at)


def take_back_transfer(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """The sender takes back what was sent and has not been received: all its pieces lie where they left.

    Raises TransferNotFound, StockNotYours, TransferRefused.
    """
    transfer = _hold(session, key, actor)
    _check_step(transfer, "sent", transfer.from_upt_id, actor)
    loads = _hold_loads(session, transfer, transfer.from_upt_id)
    for load in loads.values():
        move_back(session, transfer, load, actor=actor, at=at)
    _set(session, transfer, state="taken_back", received_label=actor.label, received_at=at)
    told = {sku: load.pieces for sku, load in loads.items()}
    _tell(session, transfer, "transfer.take_back", {}, told, state="taken_back", actor=actor, at=at)


def _hold(session: Session, key: UUID, actor: Actor) -> TransferRow:
    """A transfer, held until the transaction ends. Raises TransferNotFound."""
    session.execute(select(Transfer.id).where(Transfer.key == key).with_for_update())
    return transfer_for(session, actor, key)


def _hold_draft(session: Session, key: UUID, actor: Actor) -> TransferRow:
    """A transfer that the actor may still write, held until the transaction ends."""
    draft = _hold(session, key, actor)
    _check_step(draft, "draft", draft.from_upt_id, actor)
    return draft


def _hold_loads(session: Session, transfer: TransferRow, upt_id: int) -> dict[str, Load]:
    """What was sent, by SKU, with its shelves at a UPT, held in the order of their ids."""
    query = select(TransferLine.id, TransferLine.variant_id, Variant.sku, TransferLine.pieces)
    query = query.join(Variant, Variant.id == TransferLine.variant_id)
    lines = session.execute(query.where(TransferLine.transfer_id == transfer.id)).all()
    stocks = hold_stocks(session, upt_id, [line.variant_id for line in lines])
    return {
        line.sku: Load(line.id, line.variant_id, stocks[line.variant_id], line.pieces)
        for line in sorted(lines, key=lambda line: stocks[line.variant_id])
    }


def _write(
    session: Session, draft: TransferRow, pieces: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Write pieces into a draft; gives those of the SKUs that changed, before and after."""
    for sku, count in pieces.items():
        if not 0 <= count <= MOST_PIECES_AT_ONCE:
            raise QuantityInvalid(sku=sku, most=MOST_PIECES_AT_ONCE)
    drawn_up = (TransferLine.variant_id == Variant.id) & (TransferLine.transfer_id == draft.id)
    query = select(Variant.sku, Variant.id, func.coalesce(TransferLine.pieces, 0).label("pieces"))
    query = query.join(Stock, Stock.variant_id == Variant.id).outerjoin(TransferLine, drawn_up)
    query = query.where(Stock.upt_id == draft.from_upt_id, Variant.sku.in_(pieces))
    known = session.execute(query).all()
    if len(known) < len(pieces):
        raise StockNotFound
    changed = [row for row in known if row.pieces != pieces[row.sku]]
    named = TransferLine.variant_id.in_([row.id for row in changed])
    session.execute(delete(TransferLine).where(TransferLine.transfer_id == draft.id, named))
    lines = [
        {"transfer_id": draft.id, "variant_id": row.id, "pieces": pieces[row.sku]}
        for row in changed
        if pieces[row.sku]
    ]
    if lines:
        session.execute(insert(TransferLine), lines)
    unmade = select(Variant.sku).join(TransferLine, TransferLine.variant_id == Variant.id)
    unmade = unmade.where(TransferLine.transfer_id == draft.id, ~target_makes(draft))
    first = session.scalar(unmade.order_by(TransferLine.id).limit(1))
    if first is not None:
        raise TransferRefused("transfer_not_made", sku=first, upt=draft.to_upt)
    return {row.sku: row.pieces for row in changed}, {row.sku: pieces[row.sku] for row in changed}


def _check_ends(from_end: End, to_end: End) -> None:
    """What lies at a place goes to its own UPT's store or places only, and comes from there."""
    if from_end == to_end:
        raise TransferRefused("transfer_nowhere")
    is_between_upts = from_end.upt_id != to_end.upt_id
    if is_between_upts and (from_end.location_id is not None or to_end.location_id is not None):
        raise TransferRefused("transfer_by_store")


def _check_step(transfer: TransferRow, state: str, upt_id: int, actor: Actor) -> None:
    """A step from a state is its UPT's to take, once."""
    if not actor.may_at("stock.change", upt_id):
        raise StockNotYours
    if transfer.state != state:
        raise TransferRefused("transfer_over")


def _check_receipt(loads: Mapping[str, Load], received: Mapping[str, int], explanation: str) -> bool:
    """Whether fewer arrived than were sent; every SKU must be named, and none with more."""
    for sku, load in loads.items():
        arrived = received.get(sku)
        if arrived is None or arrived < 0:
            raise TransferRefused("transfer_uncounted", sku=sku)
        if arrived > load.pieces:
            raise TransferRefused("transfer_too_many", sku=sku, sent=load.pieces)
    is_short = any(received[sku] < load.pieces for sku, load in loads.items())
    if is_short and not explanation:
        raise TransferRefused("transfer_short")
    if len(explanation) > LONGEST_EXPLANATION:
        raise TransferRefused("transfer_explanation", most=LONGEST_EXPLANATION)
    return is_short


def _set(session: Session, transfer: TransferRow, **values: object) -> None:
    session.execute(update(Transfer).where(Transfer.id == transfer.id).values(values))


def _tell(
    session: Session,
    transfer: TransferRow,
    action: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    state: str,
    actor: Actor,
    at: datetime,
) -> None:
    """An entry in the audit log of the sender's UPT, and of the receiver's once it arrived there."""
    upt_ids = {transfer.from_upt_id, transfer.to_upt_id} if state == "received" else {transfer.from_upt_id}
    for upt_id in sorted(upt_ids):
        audit.record(
            session,
            actor,
            action,
            "transfer",
            str(transfer.key),
            at=at,
            upt_id=upt_id,
            before={"state": transfer.state, **before},
            after={"state": state, "from": transfer.from_name, "to": transfer.to_name, **after},
        )
