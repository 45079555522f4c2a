"""Stand-ins for the outside world, as separate processes: the Stripe simulator and the mail inbox."""
