"""Back door: the Celery app, the schedule, the outbox relay, subscriptions and notifications."""
