"""What the web server loads, once, before it makes its workers: `gunicorn --preload storefront.wsgi:app`."""

from __future__ import annotations

import gc
import os

from kernel import log
from kernel.config import Config
from storefront.app import create_app, warm_up

log.set_up()
app = create_app(Config.from_env(os.environ))
warm_up(app)
# What is loaded by now is the workers' common memory: a collection in one of them would make it its own.
gc.freeze()
