"""The app factory: it puts the pages of every room together."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from accounts.regions import find_postcode
from accounts.web import audit, invitations, officers, sample_codes, saved_filters, sign_in
from accounts.web import sentences as accounts_sentences
from accounts.web.guards import init_staff_pages
from accounts.web.session import init_sign_in
from inventory.adapters.valkey import follow_catalogue
from inventory.web import (
    batches,
    counts,
    import_files,
    imports,
    ledger,
    locations,
    pauses,
    permit_rules,
    permits,
    product_writing,
    products,
    stock,
    tables,
    transfers,
)
from inventory.web import photographs as staff_photographs
from inventory.web import sentences as inventory_sentences
from kernel.config import Config
from kernel.files import FileStore
from kernel.i18n import PREFIXES, LanguagePrefix, speaking
from kernel.web import ROOT, create_bare_app, secure, show_refusals
from orders.adapters.stripe import StripeProvider
from orders.web import (
    cartons,
    fulfilments,
    invoices,
    oversight,
    parcel_ends,
    parcels,
    stripe_webhook,
    takeovers,
    today,
)
from orders.web import enquiries as staff_enquiries
from orders.web import problems as staff_problems
from orders.web import reviews as staff_reviews
from orders.web import sentences as orders_sentences
from storefront.assets import init_assets
from storefront.catalogue_memory import init_memory
from storefront.illustrations import artwork
from storefront.page_cache import PageCache
from storefront.web import (
    about,
    cart,
    catalogue,
    checkout,
    enquiries,
    found,
    health,
    home,
    icons,
    listing,
    offline,
    orders,
    parcel_questions,
    photographs,
    pictures,
    problems,
    regions,
    restock,
    reviews,
    search,
    sharing,
    styleguide,
    suggesting,
    upts,
)
from storefront.web.account.pages import init_account
from storefront.web.frame import init_frame
from storefront.web.head import init_head
from storefront.web.sentences import SENTENCES
from storefront.web.sharing import init_sharing
from storefront.web.shelves import weight_text
from storefront.web.structured import init_structured
from storefront.web.visitor import PRIVATE_COOKIES, init_visitors
from storefront.web.vocabulary import init_vocabulary

_STATEMENT_SECONDS = 5
_SENTENCES = {
    **SENTENCES,
    **accounts_sentences.SENTENCES,
    **inventory_sentences.SENTENCES,
    **orders_sentences.SENTENCES,
}
_ANY_POSTCODE = "40111"
_STRIPE_CHECKOUT = "https://checkout.stripe.com"


def create_app(config: Config) -> Flask:
    """The web application: customer pages, staff pages, the webhook and the health checks."""
    app = create_bare_app(config, "storefront", statement_seconds=_STATEMENT_SECONDS)
    init_assets(app, ROOT / "storefront" / "static")
    secure(app, form_targets=(_payment_page_origin(config),))
    show_refusals(app, _SENTENCES)
    init_sign_in(app, config)
    init_staff_pages(app)
    init_visitors(app, config)
    init_frame(app)
    init_head(app)
    init_structured(app)
    init_vocabulary(app)
    app.extensions["files"] = FileStore(config)
    app.extensions["payments"] = StripeProvider.from_config(config)
    app.jinja_env.globals["artwork"] = artwork
    app.jinja_env.globals["base_url"] = config.base_url
    app.jinja_env.filters["weight"] = weight_text
    app.register_blueprint(health.blueprint)
    for room in (about, home, offline, listing, catalogue, pictures, photographs, search, upts):
        app.register_blueprint(room.blueprint)
    for room in (
        regions,
        cart,
        checkout,
        suggesting,
        orders,
        parcel_questions,
        problems,
        reviews,
        restock,
        enquiries,
        found,
        sharing,
        icons,
    ):
        app.register_blueprint(room.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(today.blueprint)
    app.register_blueprint(oversight.blueprint)
    app.register_blueprint(parcels.blueprint)
    app.register_blueprint(fulfilments.blueprint)
    app.register_blueprint(cartons.blueprint)
    app.register_blueprint(parcel_ends.blueprint)
    app.register_blueprint(takeovers.blueprint)
    app.register_blueprint(invoices.blueprint)
    app.register_blueprint(staff_problems.blueprint)
    for shelves in (
        stock,
        tables,
        imports,
        import_files,
        batches,
        ledger,
        counts,
        pauses,
        transfers,
        locations,
    ):
        app.register_blueprint(shelves.blueprint)
    app.register_blueprint(staff_photographs.blueprint)
    for goods in (permits, products, product_writing):
        app.register_blueprint(goods.blueprint)
    app.register_blueprint(permit_rules.blueprint)
    app.register_blueprint(staff_enquiries.blueprint)
    app.register_blueprint(staff_reviews.blueprint)
    for offices in (officers, invitations, audit, saved_filters):
        app.register_blueprint(offices.blueprint)
    app.register_blueprint(stripe_webhook.blueprint)
    init_account(app)
    if not config.is_production:
        app.register_blueprint(styleguide.blueprint)
        app.register_blueprint(sample_codes.blueprint)
    app.jinja_env.globals["shows_sample_codes"] = not config.is_production
    valkey = follow_catalogue(app, config.cache_url)
    init_sharing(app, valkey)
    init_memory(app, valkey)
    kept = PageCache(app.wsgi_app, valkey, PRIVATE_COOKIES, home.variant_of)
    app.wsgi_app = LanguagePrefix(kept, is_https=config.base_url.startswith("https://"))  # type: ignore[method-assign]
    return app


def warm_up(app: Flask) -> None:
    """Do now what the first visitors would wait for: compile the templates, read the region data."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        for language in PREFIXES:
            with speaking(language):
                app.jinja_env.get_template(name)
    find_postcode(_ANY_POSTCODE)


def _payment_page_origin(config: Config) -> str:
    """Where "pay" leads: Chrome applies form-action to the redirect that answers a form."""
    api = urlsplit(config.stripe_api_base)
    return _STRIPE_CHECKOUT if api.hostname == "api.stripe.com" else f"{api.scheme}://{api.netloc}"
