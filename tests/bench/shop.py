"""The shop as the web server loads it, with its payment service stubbed: what is measured is the shop."""

from __future__ import annotations

from kernel.config import Config
from storefront.wsgi import app
from tests.bench.payments import stub_payments

_config: Config = app.extensions["lapak"]
stub_payments(app, _config)
