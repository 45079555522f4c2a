"""What happened is announced, dealt with and written down once."""

from __future__ import annotations

from reporting.invariants.invariant import Invariant

RECORD = (
    Invariant(
        "I17",
        "What happened to an order this week was announced exactly once.",
        """
        WITH week AS (SELECT CAST(:at AS timestamptz) - interval '7 days' AS start),
        due (event, thing) AS (
            SELECT 'OrderPlaced', id FROM orders, week WHERE placed_at > start
            UNION ALL SELECT 'OrderPaid', id FROM orders, week WHERE paid_at > start
            UNION ALL SELECT 'OrderEnded', id FROM orders, week WHERE ended_at > start
            UNION ALL SELECT 'FulfilmentShipped', id FROM fulfilments, week
                      WHERE shipped_at > start AND hand_over <> 'pickup'
        ), said AS (
            SELECT name AS event, count(*) AS times,
                   coalesce(payload ->> 'order_id', payload ->> 'fulfilment_id')::bigint AS thing
            FROM outbox_events
            WHERE name IN ('OrderPlaced', 'OrderPaid', 'OrderEnded', 'FulfilmentShipped')
            GROUP BY 1, 3
        )
        SELECT due.event, due.thing, coalesce(said.times, 0) AS times
        FROM due LEFT JOIN said USING (event, thing) WHERE said.times IS DISTINCT FROM 1
        """,
    ),
    Invariant(
        "I18",
        "No event waits: dispatched within a minute, dealt with or retried two minutes after its time.",
        """
        SELECT 'event ' || id AS waiting, name, created_at AS since FROM outbox_events
        WHERE dispatched_at IS NULL AND created_at < CAST(:at AS timestamptz) - interval '60 seconds'
        UNION ALL
        SELECT 'delivery ' || id, handler, due_at FROM outbox_deliveries
        WHERE state = 'pending' AND due_at < CAST(:at AS timestamptz) - interval '120 seconds'
        """,
    ),
    Invariant(
        "I19",
        "Every effect happens once: one delivery a handler, one mail a cause.",
        """
        SELECT event_id::text || ' ' || handler AS effect, count(*) FROM outbox_deliveries
        GROUP BY event_id, handler HAVING count(*) > 1
        UNION ALL
        SELECT cause, count(*) FROM mails GROUP BY cause HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I20",
        # by its id alone: two events about one object both ring, and the second look changes nothing
        "A provider's event is kept once.",
        """
        SELECT provider, event_id, count(*) FROM provider_notices
        GROUP BY provider, event_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I22",
        "The audit log is an unbroken chain of hashes that ends in its head.",
        """
        WITH chain AS (
            SELECT e.id, e.previous_hash, e.hash,
                   sha256(e.previous_hash || audit_content(e)) AS proper,
                   lag(e.hash, 1, sha256('lapak')) OVER (ORDER BY e.id) AS before
            FROM audit_entries e
        )
        SELECT id AS audit_entry_id FROM chain WHERE hash <> proper OR previous_hash <> before
        UNION ALL
        SELECT NULL FROM audit_head h
        WHERE h.hash <> coalesce((SELECT hash FROM chain ORDER BY id DESC LIMIT 1), sha256('lapak'))
        """,
    ),
    Invariant(
        "I23",
        # of a transfer both ends are told by the one who is at work; an office above has no UPTs of its own
        "What somebody of a UPT did was done for a UPT in which they worked at that moment.",
        """
        SELECT e.id AS audit_entry_id, e.actor_label, e.action, e.upt_id, e.actor_upts
        FROM audit_entries e
        WHERE e.actor_upts IS NOT NULL AND e.upt_id IS NOT NULL
          AND e.actor_roles && ARRAY['upt_officer', 'upt_head', 'stand_in']
          AND NOT e.actor_roles && ARRAY['kanwil_officer', 'directorate']
          AND NOT e.upt_id = ANY (e.actor_upts)
          AND NOT (e.object_kind = 'transfer' AND EXISTS (
              SELECT FROM audit_entries own
              WHERE own.object_kind = 'transfer' AND own.object_key = e.object_key
                AND own.action = e.action AND own.at = e.at AND own.actor_user_id = e.actor_user_id
                AND own.upt_id = ANY (own.actor_upts)))
        """,
    ),
)
