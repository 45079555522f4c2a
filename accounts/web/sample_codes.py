"""The codes of the sample accounts, which no phone knows; outside of production only."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.wrappers import Response

from accounts.services.second_factors import STEP_SECONDS, sample_codes
from accounts.web.session import sealer
from kernel.clock import now
from kernel.db import reading_session
from kernel.web import keep_private

blueprint = Blueprint("sample_codes", __name__)


@blueprint.get("/staff/masuk/kode-contoh")
def codes() -> Response:
    """What the app of each sample account would show now; a code works once."""
    at = now()
    left = STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS
    page = render_template(
        "accounts/sample_codes.html",
        codes=sample_codes(reading_session(), sealer=sealer(), at=at),
        seconds=left,
    )
    return keep_private(make_response(page))
