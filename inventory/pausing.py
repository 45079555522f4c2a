"""Pure rules of a pause: how long it lasts and what is said about it."""

from __future__ import annotations

from datetime import date, timedelta

from inventory.errors import PauseRefused

LONGEST_PAUSE = timedelta(days=366)
LONGEST_PAUSE_TEXT = 200


def check_pause(until: date, text_id: str, text_en: str, *, day: date) -> None:
    """Refuse a pause that cannot be, as of `day` (Jakarta's). Raises PauseRefused."""
    if until < day:
        raise PauseRefused("pause_past", field="until")
    if until > day + LONGEST_PAUSE:
        raise PauseRefused("pause_too_long", field="until")
    if not text_id:
        raise PauseRefused("pause_says_nothing", field="text_id")
    for field, written in (("text_id", text_id), ("text_en", text_en)):
        if len(written) > LONGEST_PAUSE_TEXT:
            raise PauseRefused("pause_text", field=field, most=LONGEST_PAUSE_TEXT)
