"""The health checks tell life from readiness."""

import socket
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from kernel.db import db, transaction
from storefront.app import create_app


class TestHealth:
    def test_lives(self, client: FlaskClient) -> None:
        assert client.get("/healthz").json == {"status": "ok"}

    def test_is_ready_and_names_what_does_not_answer(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json == {"status": "degraded", "degraded": ["mail", "stripe"]}

    def test_is_ready_without_a_broker(self, app: Flask) -> None:
        elsewhere = create_app(replace(app.extensions["lapak"], broker_url="redis://127.0.0.1:1/0"))
        answer = elsewhere.test_client().get("/readyz")
        with elsewhere.app_context():
            db.engine.dispose()
        assert answer.status_code == 200
        assert answer.json is not None
        assert "broker" in answer.json["degraded"]

    def test_one_that_takes_connections_and_says_nothing_does_not_answer(self, app: Flask) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
            elsewhere = create_app(replace(app.extensions["lapak"], broker_url=address))
            answer = elsewhere.test_client().get("/readyz")
            with elsewhere.app_context():
                db.engine.dispose()
        assert answer.status_code == 200
        assert answer.json is not None
        assert "broker" in answer.json["degraded"]

    def test_is_not_ready_on_the_tables_of_another_release(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            newest = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        try:
            answer = client.get("/readyz")
        finally:
            with app.app_context(), transaction() as session:
                session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        assert answer.status_code == 503
        assert answer.json is not None
        assert "another release" in answer.json["reason"]
