"""What the web server loads in development: the shop, and beside it the pages that show every mail."""

from __future__ import annotations

from operations.mail_previews import blueprint
from storefront.wsgi import app

app.register_blueprint(blueprint)
