"""Photographs in customers' forms: drawn anew, kept with what they belong to, or refused beside the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import MultipleFileField

from inventory.errors import PictureRefused
from inventory.images import MOST_BYTES, TakenPicture, take_in
from kernel.errors import DomainError
from kernel.files import files
from kernel.web import sentence
from orders.rules.pictures import MOST_PICTURES, Picture

MOST_BYTES_SENT = MOST_PICTURES * MOST_BYTES

_LONGEST_SIDE = 1600


def pictures_field(who_sees: object) -> MultipleFileField:
    """The field for some photographs, which says who sees them."""
    return MultipleFileField(
        lazy_gettext("Photographs"),
        description=who_sees,
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )


def refuse_weight(field: MultipleFileField) -> None:
    """Say beside the field that what was sent is too heavy to be read."""
    field.errors = (
        _("These files are too heavy: at most %(megabytes)s MB each.", megabytes=MOST_BYTES // 10**6),
    )


def taken_in(field: MultipleFileField) -> list[TakenPicture] | None:
    """The photographs that were sent, drawn anew; None, with the reason beside the field, if one is bad."""
    sent = [file for file in request.files.getlist(field.name) if file.filename]
    if len(sent) > MOST_PICTURES:
        field.errors = (_("Choose at most %(most)s pictures.", most=MOST_PICTURES),)
        return None
    try:
        return [
            take_in(file.read(), name=file.filename or "", claimed=file.mimetype, longest_side=_LONGEST_SIDE)
            for file in sent
        ]
    except PictureRefused as refusal:
        field.errors = (sentence(refusal),)
        return None


def keep_with(taken: Sequence[TakenPicture], folder: str, write: Callable[[Sequence[Picture]], bool]) -> bool:
    """Keep the photographs in `folder`, then `write` what they belong to; gives whether that is new.

    A refusal and a repeat leave neither. When nobody knows whether it was written down, as when the
    database's answer is lost, the photographs stay: the sweeper takes them if no row names them. Raises
    FilesUnavailable.
    """
    pictures = [
        Picture(key, f"{folder}/{key}.jpg", drawn.width, drawn.height)
        for key, drawn in ((uuid4(), drawn) for drawn in taken)
    ]
    try:
        for kept, drawn in zip(pictures, taken, strict=True):
            files().put(kept.file_key, drawn.content)
        is_new = write(pictures)
    except DomainError:
        _drop(pictures)
        raise
    if not is_new:
        _drop(pictures)
    return is_new


def _drop(pictures: Sequence[Picture]) -> None:
    for each in pictures:
        files().delete(each.file_key)
