"""The app factory: it puts the pages of every room together."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from accounts.web import sentences as accounts_sentences
from accounts.web import sign_in
from accounts.web.session import init_sign_in
from inventory.web import sentences as inventory_sentences
from inventory.web import stock
from kernel.config import Config
from kernel.web import create_bare_app, secure, show_refusals
from orders.adapters.stripe import StripeProvider
from orders.web import fulfilments, stripe_webhook
from orders.web import sentences as orders_sentences
from storefront.illustrations import artwork
from storefront.web import health, styleguide
from storefront.web.sentences import SENTENCES

_STATEMENT_SECONDS = 5
_SENTENCES = {
    **SENTENCES,
    **accounts_sentences.SENTENCES,
    **inventory_sentences.SENTENCES,
    **orders_sentences.SENTENCES,
}
_STRIPE_CHECKOUT = "https://checkout.stripe.com"


def create_app(config: Config) -> Flask:
    """The web application: customer pages, staff pages, the webhook and the health checks."""
    app = create_bare_app(config, "storefront", statement_seconds=_STATEMENT_SECONDS)
    app.static_folder = "static"
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=app.send_static_file)
    secure(app, form_targets=(_payment_page_origin(config),))
    show_refusals(app, _SENTENCES)
    init_sign_in(app, config)
    app.extensions["payments"] = StripeProvider.from_config(config)
    app.jinja_env.globals["artwork"] = artwork
    app.register_blueprint(health.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(fulfilments.blueprint)
    app.register_blueprint(stock.blueprint)
    app.register_blueprint(stripe_webhook.blueprint)
    if not config.is_production:
        app.register_blueprint(styleguide.blueprint)
    return app


def _payment_page_origin(config: Config) -> str:
    """Where "pay" leads: Chrome applies form-action to the redirect that answers a form."""
    api = urlsplit(config.stripe_api_base)
    return _STRIPE_CHECKOUT if api.hostname == "api.stripe.com" else f"{api.scheme}://{api.netloc}"
