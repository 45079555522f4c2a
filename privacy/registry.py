"""Every table of the shop: what it holds of people, why, for how long, and what becomes of it.

A table or column that is not here fails tests/privacy/test_registry.py. The order is the one in which a
person is forgotten: what finds its rows by way of an order or a request comes before that.
"""

from __future__ import annotations

from privacy.rules import Personal

MY_ORDERS = (
    "(o.user_id = :user_id OR (o.user_id IS NULL AND o.buyer_email = :folded AND lower(o.email) = :email))"
)
"""The condition for a person's orders `o`: their own, and those of a guest with their verified address.

The folded address finds the rows by their index, the address itself decides, as where orders are joined to
an account: what limits hold for one mailbox may be another person's.
"""

_ORDERS = f"(SELECT o.id FROM orders o WHERE {MY_ORDERS})"
_PARCELS = f"(SELECT id FROM fulfilments WHERE order_id IN {_ORDERS})"
_ASKED = f"lower(email) = :email OR fulfilment_id IN {_PARCELS}"
_PROBLEMS = f"(SELECT id FROM problems WHERE fulfilment_id IN {_PARCELS})"
_ENQUIRIES = f"(SELECT id FROM enquiries WHERE {_ASKED})"
_REVIEWED = f"order_line_id IN (SELECT id FROM order_lines WHERE order_id IN {_ORDERS})"
_NUMBERS = (
    f"(SELECT number FROM orders WHERE id IN {_ORDERS} UNION ALL SELECT number FROM enquiries WHERE {_ASKED}"
    f" UNION ALL SELECT number FROM reviews WHERE {_REVIEWED})"
)
_NAMED = f"EXISTS (SELECT FROM {_NUMBERS} n WHERE position(n.number IN {{}}) > 0)"  # the SQL is ours
_NOBODY = "CASE WHEN actor_user_id = :user_id THEN 'customer' ELSE actor_label END"
_MINE = "user_id = :user_id"
_BY = {"noted_label": "noted_by", "decided_label": "decided_by"}

_TEN_YEARS = "10 years, as tax law asks"
_ACCOUNT = "as long as the account"
_NINETY_DAYS = "90 days"

PERSONAL: tuple[Personal, ...] = (
    # --- messages and copies ----------------------------------------------------------------------------
    Personal(
        "mails",
        "contract",
        _NINETY_DAYS,
        f"lower(recipient) = :email OR subscriber IN (SELECT key FROM notice_keys WHERE {_MINE})",
        "delete",
        plain="recipient subject body_text locale topic state created_at sent_at",
        hidden="id cause message_id body_html subscriber leaves_no_trace attempts due_at last_error",
        also=_NAMED.format("cause || subject || body_text"),
    ),
    Personal(  # of officers to officers; it may name who bought
        "handovers",
        "service",
        "90 days once it is seen to",
        "FALSE",
        "anonymise",
        hidden="id key kind upt_id kanwil_id about written_by at done_at done_by",
        secrets={"body": "'–'"},
        also=_NAMED.format("body"),
    ),
    Personal(
        "data_exports",
        "account",
        "24 hours",
        _MINE,
        "delete",
        plain="asked_at ready_at expires_at size",
        hidden="id key user_id",
    ),
    # --- orders -----------------------------------------------------------------------------------------
    Personal(
        "provider_notices",
        "contract",
        _TEN_YEARS,
        f"ref IN (SELECT ref FROM payments WHERE order_id IN {_ORDERS}) OR {_NAMED.format('body::text')}",
        "anonymise",
        plain="provider event_id kind ref source received_at",
        hidden="id",
        personal={"body": "'{}'"},
    ),
    Personal(
        "problem_pictures",
        "service",
        _TEN_YEARS,
        f"problem_id IN {_PROBLEMS}",
        "anonymise",
        plain="position width height",
        hidden="id key problem_id",
        files="file_key",
    ),
    Personal(
        "problem_entries",
        "service",
        _TEN_YEARS,
        f"problem_id IN {_PROBLEMS}",
        "anonymise",
        plain="sender kind details at",
        hidden="id problem_id idempotency_key actor_user_id actor_label",
        personal={"body": "CASE WHEN body = '' THEN '' ELSE '–' END"},
    ),
    Personal(
        "problems",
        "service",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "keep",
        plain="number reason state reported_at answer_due_at answered_at closed_at",
        hidden="id fulfilment_id",
    ),
    Personal(
        "refund_shares",
        "contract",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "keep",
        plain="refund_id fulfilment_id pieces shipping amount",
    ),
    Personal(
        "invoices",
        "books",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "anonymise",
        plain="number kind serial locale issuer lines goods_total discount_total shipping_total lump_sum"
        " total tax_status paid_on issued_on issued_at",
        hidden="id key series_id fulfilment_id corrects_id refund_id takeover_id",
        personal={"buyer": "'{}'"},
    ),
    Personal(
        "carton_lines",
        "contract",
        _TEN_YEARS,
        f"carton_id IN (SELECT id FROM cartons WHERE fulfilment_id IN {_PARCELS})",
        "keep",
        plain="pieces",
        hidden="carton_id fulfilment_line_id",
    ),
    Personal(
        "cartons",
        "contract",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "anonymise",
        plain="position shipped_courier shipped_at",
        hidden="id fulfilment_id",
        personal={"tracking_number": "CASE WHEN tracking_number IS NULL THEN NULL ELSE '' END"},
    ),
    Personal(
        "takeovers",
        "contract",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "keep",
        plain="state pieces asked_at decided_at with_shipping",
        hidden="id key fulfilment_id to_upt_id reason asked_by asked_label decided_by decided_label"
        " taken_by_id",
    ),
    Personal(
        "refunds",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "anonymise",
        plain="id payment_id amount state reason ref problem created_at settled_at",
        hidden="order_id cause idempotency_key actor_user_id check_at",
        personal={"actor_label": _NOBODY},
    ),
    Personal(
        "payments",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "anonymise",
        plain="id provider state amount currency captured refund_claimed ref is_live problem is_disputed"
        " created_at expires_at settled_at",
        hidden="order_id idempotency_key check_at",
        personal={"request": "'{}'"},
    ),
    Personal(
        "order_events",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "anonymise",
        plain="kind from_state to_state details at",
        hidden="id order_id fulfilment_id actor_user_id",
        personal={"actor_label": _NOBODY},
    ),
    Personal(
        "reservations",
        "contract",
        _TEN_YEARS,
        f"order_number IN {_NUMBERS}",
        "keep",
        plain="order_number quantity released issued held expires_at",
        hidden="id stock_id",
    ),
    Personal(
        "fulfilment_lines",
        "contract",
        _TEN_YEARS,
        f"fulfilment_id IN {_PARCELS}",
        "keep",
        plain="quantity shipped cancelled taken_over restocked written_off",
        hidden="id fulfilment_id order_line_id reservation_id",
    ),
    Personal(
        "fulfilments",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "anonymise",
        plain="number state shipping_cost chargeable_weight_g courier service promised_from promised_until"
        " shipped_courier shipped_at hand_over",
        hidden="id order_id upt_id shares_number code_round code_misses",
        personal={
            each: f"CASE WHEN {each} IS NULL THEN NULL ELSE '' END"
            for each in ("tracking_number", "receiver")
        },
    ),
    Personal(
        "review_invitations",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "keep",
        plain="at",
        hidden="order_id",
    ),
    Personal(
        "review_pictures",
        "service",
        _ACCOUNT,
        f"review_id IN (SELECT id FROM reviews WHERE {_REVIEWED})",
        "anonymise",
        plain="position width height",
        hidden="id key review_id",
        files="file_key",
    ),
    Personal(
        "reviews",
        "service",
        "as long as the product is shown; the stars alone once the account is deleted",
        _REVIEWED,
        "anonymise",
        plain="number state stars version changed_at decided_at",
        hidden="id order_line_id product_id upt_id key decided_by",
        personal={
            **dict.fromkeys(("body", "answer"), "''"),
            "answered_at": "NULL",
            "reason": "CASE WHEN reason = '' THEN '' ELSE '–' END",
        },
    ),
    Personal(
        "order_lines",
        "contract",
        _TEN_YEARS,
        f"order_id IN {_ORDERS}",
        "anonymise",
        plain="position product_name variant_name sku unit weight_g unit_price quantity line_total",
        hidden="id order_id variant_id",
        personal={"own_text": "''"},
    ),
    # --- requests ---------------------------------------------------------------------------------------
    Personal(
        "bookings",
        "service",
        _ACCOUNT,
        f"enquiry_id IN {_ENQUIRIES}",
        "keep",
        plain="day people state decided_at",
        hidden="id enquiry_id slot_id",
    ),
    Personal(
        "enquiry_messages",
        "service",
        _ACCOUNT,
        f"enquiry_id IN {_ENQUIRIES}",
        "anonymise",
        plain="sender kind at",
        hidden="id enquiry_id key upt_id actor_user_id actor_label",
        personal={"body": "CASE WHEN body = '' THEN '' ELSE '–' END"},
    ),
    Personal(
        "enquiry_upts",
        "service",
        _ACCOUNT,
        f"enquiry_id IN {_ENQUIRIES}",
        "keep",
        hidden="enquiry_id upt_id",
    ),
    Personal(
        "enquiries",
        "service",
        _ACCOUNT,
        _ASKED,
        "anonymise",
        plain="number kind state locale quantity wanted_on asked_at moved_at",
        hidden="id idempotency_key product_id fulfilment_id",
        personal={
            **dict.fromkeys(("name", "company", "email", "phone", "unit", "destination"), "''"),
        },
        secrets={"link_key": "gen_random_uuid()::text"},
    ),
    Personal(
        "orders",
        "contract",
        _TEN_YEARS,
        f"id IN {_ORDERS}",
        "anonymise",
        plain="number state locale line_count goods_total discount_total shipping_total total placed_at"
        " expires_at paid_at ended_at wanted_by",
        hidden="id idempotency_key",
        personal={
            "user_id": "NULL",
            **dict.fromkeys(("email", "buyer_email", "name", "phone", "buyer_phone", "street"), "''"),
            **dict.fromkeys(("village_code", "village", "district", "regency", "postcode", "note"), "''"),
            "province": "province",
        },
    ),
    # --- cart and choices -------------------------------------------------------------------------------
    Personal(
        "cart_lines",
        "service",
        "30 days",
        "cart_id IN (SELECT id FROM carts WHERE user_id = :user_id)",
        "delete",
        plain="variant_id own_text quantity added_at",
        hidden="id cart_id upt_id",
    ),
    Personal(
        "carts",
        "service",
        "30 days",
        _MINE,
        "delete",
        plain="updated_at",
        hidden="id key user_id checkout_key",
    ),
    Personal(
        "consents",
        "consent",
        "5 years, as proof; without the address once the account is deleted",
        _MINE,
        "anonymise",
        plain="purpose is_given text_version wording locale channel at",
        hidden="id user_id",
        personal={"ip_hash": "''"},
    ),
    Personal(
        "notice_choices",
        "account",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="kind channel is_wanted changed_at",
        hidden="user_id",
    ),
    Personal(
        "addresses",
        "account",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="label recipient phone street village_code village district regency province postcode"
        " is_default changed_at",
        hidden="id key user_id",
    ),
    Personal(
        "wishlist_items",
        "service",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="product_id added_at",
        hidden="user_id",
    ),
    Personal(
        "restock_requests",
        "service",
        "a year, 30 days once it has ended",
        "user_id = :user_id OR email = :email",
        "delete",
        plain="email variant_id locale asked_at confirmed_at ended_at ended_as",
        hidden="id key user_id",
    ),
    Personal("notice_keys", "account", _ACCOUNT, _MINE, "delete", hidden="user_id key"),
    # --- work that staff do -----------------------------------------------------------------------------
    Personal(
        "memberships",
        "account",
        "as long as the office",
        _MINE,
        "keep",
        plain="role upt_id kanwil_id",
        hidden="id key user_id",
        by_staff=True,
    ),
    Personal(
        "sign_ins",
        "security",
        "a year",
        _MINE,
        "delete",
        plain="at device outcome",
        hidden="id user_id",
    ),
    Personal(
        "ledger_entries",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="kind delta reason actor_label at",
        hidden="id stock_id location_id cause actor_user_id",
        by_staff=True,
    ),
    Personal(
        "count_lines",
        "books",
        _TEN_YEARS,
        "noted_by = :user_id OR decided_by = :user_id",
        "keep",
        plain="expected counted state noted_label decided_label seen_at decided_at",
        hidden="id count_id position variant_id mark look refusal noted_by decided_by",
        others={each: f"{by} = :user_id" for each, by in _BY.items()},
        by_staff=True,
    ),
    Personal(
        "stock_counts",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="words actor_label opened_at closed_at",
        hidden="id key upt_id actor_user_id",
        by_staff=True,
    ),
    Personal(
        "place_sales",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="actor_label at",
        hidden="id key location_id actor_user_id",
        by_staff=True,
    ),
    Personal(
        "transfers",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="state explanation actor_label at sent_label sent_at received_label received_at",
        hidden="id key from_upt_id from_location_id to_upt_id to_location_id actor_user_id",
        by_staff=True,
    ),
    Personal(
        "pauses",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="until text_id text_en actor_label at ended_at ended_label",
        hidden="id key upt_id product_id actor_user_id",
        by_staff=True,
    ),
    Personal(
        "batches",
        "books",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="code made_on expires_on passed reworked failed people hours actor_label at",
        hidden="id key stock_id remaining from_batch_id actor_user_id",
        by_staff=True,
    ),
    Personal(
        "sheet_imports",
        "books",
        "30 days",
        "user_id = :user_id",
        "keep",
        plain="kind state user_label file_name row_count sent_at applied_at",
        hidden="id key user_id upt_ids file_key rows_done error_count refusal parameters undoes_id",
        by_staff=True,
    ),
    Personal(
        "audit_entries",
        "security",
        _TEN_YEARS,
        "actor_user_id = :user_id",
        "keep",
        plain="at actor_label actor_roles action object_kind object_key request_id",
        hidden="id actor_user_id actor_upts upt_id before after previous_hash hash",
        by_staff=True,
    ),
    Personal(
        "permits",
        "books",
        "as long as the permit",
        "verified_by_user_id = :user_id",
        "keep",
        plain="kind number title issued_on expires_on verified_by verified_at refusal is_sample",
        hidden="id key upt_id verified_by_user_id warned_days follows_id scan_file",
        by_staff=True,
    ),
    Personal(
        "photographs",
        "books",
        "as long as the photograph",
        "uploaded_by_user_id = :user_id OR reviewed_by_user_id = :user_id",
        "keep",
        plain="state position width height focal_x focal_y alt_id alt_en shows_nobody uploaded_at reviewed_at"
        " refusal",
        hidden="id key product_id upt_id content_hash original steps_done uploaded_by_user_id"
        " reviewed_by_user_id",
        by_staff=True,
    ),
    # --- the account itself -----------------------------------------------------------------------------
    Personal(
        "saved_filters",
        "account",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="page name choices saved_at",
        hidden="id key user_id",
    ),
    Personal(
        "user_sessions",
        "security",
        "30 days after the last sign-in",
        _MINE,
        "delete",
        plain="device started_at seen_at expires_at confirmed_at",
        hidden="id user_id key_hash acts_for_upt_id acts_until",
    ),
    Personal(
        "account_links",
        "security",
        "two weeks",
        "user_id = :user_id OR email = :email",
        "delete",
        plain="purpose email locale created_at expires_at used_at",
        hidden="id user_id details token_hash",
    ),
    Personal(
        "recovery_codes",
        "security",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="used_at",
        hidden="id user_id code_hash",
    ),
    Personal(
        "second_factors",
        "security",
        _ACCOUNT,
        _MINE,
        "delete",
        plain="created_at confirmed_at",
        hidden="user_id sealed_secret last_step",
    ),
    Personal(
        "users",
        "account",
        _ACCOUNT,
        "id = :user_id",
        "anonymise",
        plain="created_at is_sample locale shut_out_by",
        hidden="id",
        secrets={"password_hash": "''"},
        personal={
            "email": "'dihapus-' || id || '@invalid'",
            "name": "''",
            "is_active": "false",
            "verified_at": "NULL",
        },
    ),
)

IMPERSONAL = (
    # the catalogue and the offices
    "categories products product_facts product_terms product_drafts variants variant_options makers"
    " permit_products"
    " permit_rules old_product_slugs photograph_files catalogue_entries catalogue_terms kanwils upts"
    " old_upt_slugs service_slots shipping_rates stocks sheet_import_rows batch_moves news invoice_series"
    " locations location_stocks transfer_lines"
    # the shop's own works: ids and moments, never a person's data
    " outbox_events outbox_deliveries job_runs provider_cursors audit_head"
)
"""Tables, by name, that hold nothing about people who buy."""

HELD = frozenset({"legal_holds", "erasures"})
"""What is left of a person: what the law asks for, and the moment; an address until it was written to."""
