"""What is said to a person when the inventory room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "product_not_found": _("This product does not exist, or it is no longer sold."),
    "stock_not_found": _("There is no such stock, or it is not yours to see."),
    "stock_not_yours": _("You may look at this stock, but only its own UPT changes it."),
    "not_for_sale": _("%(product)s cannot be ordered here."),
    "out_of_stock": _("Only %(left)s of %(product)s are left."),
    "stock_too_low": _("Only %(available)s pieces can be taken away: the others belong to orders."),
    "quantity_invalid": _("Enter a whole number from 1 to %(most)s."),
    "back_already": _("%(product)s is back already: you can order it now."),
    "waits_for_too_much": _(
        "You wait for %(most)s things already, and more cannot be noted. Stop waiting for some of them first."
    ),
    "restock_gone": _("This request has ended, or it is not yours."),
    "batch_refused": _("This batch cannot be noted as it is."),
    "batch_pieces": _("Enter a whole number from 0 to %(most)s."),
    "batch_too_many": _("Of one batch at most %(most)s pieces come onto the shelf, reworked ones included."),
    "batch_empty": _("Say how many pieces were made."),
    "batch_in_future": _("This day is still to come: note the batch once it is made."),
    "batch_long_ago": _("This day is too long ago. Look at the year."),
    "batch_needs_expiry": _("Food needs the date until which it keeps."),
    "batch_expired": _("This date is past: such pieces do not come onto the shelf."),
    "batch_keeps_too_long": _("This date is too far away. Look at the year."),
    "batch_work": _("Enter a whole number from 1 to %(most)s, or nothing."),
    "batch_code": _("At most %(most)s letters and digits, with dots, dashes or strokes between them."),
    "batch_code_taken": _("A batch on this shelf has this code already."),
    "batch_needed": _("Food comes in as a batch, with the date until which it keeps."),
    "life_too_short": _(
        "Only %(left)s pieces of %(product)s keep until the parcel arrives, on %(good_until_date)s at the"
        " latest. Receive a fresh batch, or cancel what is missing with the reason “Would not keep until it"
        " arrives”: those pieces stay on the shelf."
    ),
    "count_not_found": _("There is no such sheet, or it is not yours to see."),
    "count_closed": _("This sheet is closed: nothing more is noted on it."),
    "count_empty": _("Nothing on this UPT's shelves fits these words."),
    "count_too_long": _("More than %(most)s shelves: narrow the sheet to a part of a name or SKU."),
    "count_unbooked": _("Book the differences or empty their fields first."),
    "count_decided": _("Somebody has decided on this difference meanwhile."),
    "count_corrected": _(
        "This shelf was put right meanwhile, so the difference may be on the books already. Throw it away,"
        " and count again if need be."
    ),
    "count_on_sheet": _(
        "A difference this large is counted on a sheet, where a second person approves it: Stock, then"
        " Stock-takes."
    ),
    "count_needs_another": _("Another person than the one who counted decides on a difference this large."),
    "pause_not_found": _("There is no such pause, or it has ended, or it is not yours."),
    "pause_known": _("This is paused already. End that pause first."),
    "pause_refused": _("This pause cannot be noted as it is."),
    "pause_past": _("This day is past. Say the last day on which nothing is sold."),
    "pause_too_long": _("A pause lasts a year at most. Look at the year."),
    "pause_says_nothing": _("Say in a sentence why, and what customers can expect."),
    "pause_text": _("At most %(most)s characters."),
    "table_refused": _("This table cannot be taken as it is."),
    "table_not_found": _("There is no such table, or it is not yours to see."),
    "table_stand_in": _(
        "Tables are sent and booked by the UPT's own officers. While you stand in, change each shelf on its"
        " own page."
    ),
    "table_too_many": _(
        "%(most)s of your tables are still being read. Send this one when they are, or put one of them aside."
    ),
    "table_moved": _("Something else was done with this table meanwhile. Look at it again."),
    "table_columns": _(
        "These columns are missing: %(columns)s. Use the template, with its headings as they are."
    ),
    "table_column_twice": _("The column “%(heading)s” stands in the table twice."),
    "table_changes_too_much": _("This table changes more than %(most)s rows. Send it in several parts."),
    "table_changes_nothing": _(
        "No row of this table changes anything: where something could stand, nothing does, or 0, or what"
        " is so already."
    ),
    "table_cell_empty": _("This cell is empty."),
    "table_day": _("Write a day that exists, as 3/11/2026 or 2026-11-03."),
    "table_delta": _("Write a whole number with plus or minus, at most %(most)s: 25 or −3."),
    "table_reason_comes": _("Pieces that leave the shelf need another reason."),
    "table_number": _("Write a whole number in digits."),
    "table_amount": _("Write an amount in rupiah: 25000, or 25.000."),
    "table_upt": _("Write the code of a UPT of yours."),
    "table_laid_aside": _("This product is laid aside. Take it up again on its page first."),
    "table_product_known": _(
        "You have a product of this name. To change it, write its address beside it, as the template has it."
    ),
    "table_kind_stays": _("What was published stays the kind of thing it is."),
    "table_differs": _("Row %(line)s says something else of the same product."),
    "table_overtaken": _("Somebody has changed this since you looked. Look at it as it stands now."),
    "table_twice": _("This shelf stands in row %(line)s already. Put both changes into one row."),
    "transfer_not_found": _("There is no such transfer, or it is not yours to see."),
    "transfer_over": _("This transfer has gone on meanwhile: look at it again."),
    "transfer_nowhere": _("Choose two different places."),
    "transfer_by_store": _("What goes to another UPT leaves from the store, and arrives at the store there."),
    "transfer_empty": _("Say of something how many pieces go."),
    "transfer_not_made": _("%(upt)s does not make this, so it could not sell it."),
    "transfer_too_few": _("Only %(available)s are free there."),
    "transfer_too_many": _("Only %(sent)s were sent: more cannot be received."),
    "transfer_uncounted": _("Say how many arrived; 0 if none did."),
    "transfer_short": _("Fewer arrived than were sent: say why."),
    "transfer_explanation": _("At most %(most)s characters."),
    "transfer_too_long": _("At most %(most)s kinds of goods go with one transfer."),
    "place_not_found": _("There is no such place, or it is not yours to see."),
    "place_known": _("Your UPT has a place of this name already."),
    "place_closed": _("This place is closed."),
    "sale_empty": _("Say of something how many were sold."),
    "sale_too_few": _("Only %(available)s lie there."),
    "sale_of_another": _("Somebody else noted this sale: it is booked when they sign in here again."),
    "place_in_use": _("Pieces lie there still, or a transfer is open: bring them back first."),
    "reason_missing": _("Choose a reason from the list."),
    "product_refused": _("Something in it cannot stand as it is."),
    "field_needed": _("This cannot stay empty."),
    "field_not_listed": _("Choose one of the list."),
    "number_out_of_bounds": _("Enter a whole number from %(least)s to %(most)s."),
    "text_too_long": _("Say it in %(most)s characters at most."),
    "option_in_english_only": _("Say it in Indonesian too."),
    "product_changed": _(
        "Nothing was saved yet. Look at what they wrote, put yours beside it, and save again: then it counts."
    ),
    "product_incomplete": _("Some entries are still missing: see below."),
    "product_decided": _("This was changed or decided on meanwhile: look at it as it stands now."),
    "product_shared": _("Other UPTs make it too, so one alone does not take it out of the shop."),
    "too_many_variants": _("A product has %(most)s variants at most."),
    "photograph_not_found": _("There is no such photograph, or it is not yours to see."),
    "too_many_photographs": _("A product has %(most)s photographs at most. Delete one first."),
    "photograph_known": _("This very photograph is here already."),
    "photograph_not_waiting": _("This photograph has been reviewed already, or is still being prepared."),
    "permit_not_found": _("There is no such permit, or it is not yours to see."),
    "permit_number_invalid": _("This is no number of this kind of permit: compare it with the paper."),
    "category_not_found": _("There is no such category."),
    "permit_known": _("Your UPT has entered the number %(number)s already."),
    "permit_dates_turned": _("It cannot end before it was issued."),
    "permit_issued_later": _("This day lies in the future."),
    "permit_ends": _("A permit of this kind has a last day: write the one on the paper."),
    "rule_begins": _("Say from which day the permit is needed."),
    "permit_covers_nothing": _("Tick the products it covers."),
    "permit_covers_the_upt": _("A NIB belongs to the institution: leave all products unticked."),
    "permit_covers_others": _("Choose products that your UPT makes."),
    "permit_follows_another": _("Choose a permit of the same kind that ends."),
    "permit_follows_longer": _("It has to last longer than the permit it follows."),
    "permit_reviewed": _("This permit was checked or changed meanwhile, or it has ended: look at it again."),
    "picture_empty": _("This file is empty. Choose the picture again."),
    "picture_too_heavy": _("This file is too heavy: at most %(megabytes)s MB are taken."),
    "picture_kind": _("This is not a JPEG, PNG or WebP picture."),
    "picture_name": _("The name of this file does not fit what it holds. Save it as JPEG, PNG or WebP anew."),
    "picture_moves": _("This picture moves. Choose one that stands still."),
    "picture_too_large": _("This picture is too large: at most %(megapixels)s megapixels are taken."),
    "picture_too_small": _("This picture is too small: its shorter side needs %(least)s pixels at least."),
    "scan_kind": _("This is neither a picture (JPEG, PNG, WebP) nor a PDF."),
    "scan_name": _("The name of this file does not fit what it holds: a PDF ends with .pdf."),
    "scan_broken": _("This PDF breaks off; the file may be damaged."),
    "scan_active": _(
        "This PDF is locked or holds more than pages (a script, a form, an attachment)."
        " Send a photograph of the paper."
    ),
    "picture_broken": _("This picture cannot be read; the file may be damaged."),
}
