"""What the web server loads: `gunicorn storefront.wsgi:app`."""

from __future__ import annotations

import os

from kernel import log
from kernel.config import Config
from storefront.app import create_app

log.set_up()
app = create_app(Config.from_env(os.environ))
