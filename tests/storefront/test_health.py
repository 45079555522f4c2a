"""The health checks tell life from readiness."""

from flask.testing import FlaskClient


class TestHealth:
    def test_lives(self, client: FlaskClient) -> None:
        assert client.get("/healthz").json == {"status": "ok"}

    def test_is_ready_and_names_what_does_not_answer(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json == {"status": "degraded", "degraded": ["mail", "stripe"]}
