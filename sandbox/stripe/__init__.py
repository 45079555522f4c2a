"""The Stripe simulator: the part of Stripe's API the shop uses, its hosted payment page and its webhooks."""
