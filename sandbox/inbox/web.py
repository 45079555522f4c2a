"""The inbox in a browser, and as JSON for tests."""

import re
from dataclasses import fields
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, make_response, render_template, request

from sandbox.inbox.mailbox import Mail, Mailbox
from sandbox.inbox.receiver import Faults, Receiver

SHOWN = 200
_IN_FRAME = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)


class Inbox:
    """The pages and the JSON API over a mailbox."""

    def __init__(self, mailbox: Mailbox, receiver: Receiver) -> None:
        self._mailbox = mailbox
        self._receiver = receiver

    def blueprint(self) -> Blueprint:
        """The routes."""
        inbox = Blueprint("inbox", __name__)
        inbox.add_url_rule("/", "index", self.index)
        inbox.add_url_rule("/mails/<id>", "mail", self.mail)
        inbox.add_url_rule("/mails/<id>/html", "html", self.html)
        inbox.add_url_rule("/api/mails", "list", self.list_mails)
        inbox.add_url_rule("/api/mails", "clear", self.clear, methods=["DELETE"])
        inbox.add_url_rule("/api/mails/<id>", "get", self.get_mail)
        inbox.add_url_rule("/_control/faults", "faults", self.faults)
        inbox.add_url_rule("/_control/faults", "set_faults", self.set_faults, methods=["POST"])
        inbox.add_url_rule("/_control/faults", "clear_faults", self.clear_faults, methods=["DELETE"])
        return inbox

    def index(self) -> str:
        """The newest mails; `?to=` narrows them to one address."""
        to = request.args.get("to", "")
        found = self._mailbox.mails(to=to)
        return render_template("inbox.html", mails=found[:SHOWN], total=len(found), to=to)

    def mail(self, id: str) -> str:
        """One mail: headers, HTML in a frame that can do nothing, and the text."""
        return render_template("mail.html", mail=self._found(id))

    def html(self, id: str) -> Response:
        """The mail's HTML by itself, without script and network; its links open a new tab."""
        html = _DOCTYPE.sub("", self._found(id).html, count=1)
        response = make_response(f'<!doctype html><base target="_blank">{html}')
        response.headers["Content-Security-Policy"] = _IN_FRAME
        return response

    def list_mails(self) -> Response:
        """Newest first; `?to=` and `?subject=` filter."""
        args = request.args
        found = self._mailbox.mails(to=args.get("to", ""), subject=args.get("subject", ""))
        return jsonify({"mails": [mail.as_json() for mail in found]})

    def get_mail(self, id: str) -> Response:
        """One mail whole."""
        return jsonify(self._found(id).as_json())

    def clear(self) -> Response:
        """Throw every mail away."""
        return jsonify({"cleared": self._mailbox.clear()})

    def faults(self) -> Response:
        """The faults that hold."""
        return jsonify(self._receiver.state())

    def set_faults(self) -> tuple[Response, int]:
        """Replace the faults by those given, the rest at their defaults."""
        asked: Any = request.get_json(silent=True)
        names = {field.name for field in fields(Faults)}
        if not isinstance(asked, dict) or asked.keys() - names:
            return jsonify({"error": f"send a JSON object with any of: {', '.join(sorted(names))}"}), 400
        self._receiver.set_faults(Faults(**asked))
        return self.faults(), 200

    def clear_faults(self) -> Response:
        """Let everything go well again."""
        self._receiver.set_faults(Faults())
        return self.faults()

    def _found(self, mail_id: str) -> Mail:
        mail = self._mailbox.mail(mail_id)
        if mail is None:
            abort(404)
        return mail


def create_app(mailbox: Mailbox, receiver: Receiver) -> Flask:
    """The inbox as a Flask application."""
    app = Flask(__name__)
    app.register_blueprint(Inbox(mailbox, receiver).blueprint())
    app.add_url_rule("/healthz", "healthz", _healthz)
    return app


def _healthz() -> Response:
    return jsonify({"status": "ok"})
