"""The forms about the people of an office: inviting somebody, another role, a departure."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import Email, InputRequired, Length

from accounts.queries.officers import Office
from accounts.rules import LONGEST_HANDOVER
from accounts.web.doors import LONGEST_EMAIL
from accounts.web.roles import ROLES
from accounts.web.session import current_actor

_CHOOSE = _("Choose an office from the list.")


class InviteForm(FlaskForm):
    """Whom to invite, to which office, as what."""

    class Meta:
        csrf = False

    email = EmailField(
        _("E-mail address"),
        [
            InputRequired(_("Please enter an e-mail address.")),
            Length(max=LONGEST_EMAIL, message=_("This is too long.")),
            Email(_("This is not an e-mail address.")),
        ],
    )
    office = SelectField(_("Office"), [InputRequired(_CHOOSE)], invalid_choice_message=_CHOOSE)
    role = SelectField(
        _("Role"),
        [InputRequired(_("Choose a role from the list."))],
        invalid_choice_message=_("Choose a role from the list."),
    )

    def offer(self, offices: list[Office]) -> InviteForm:
        """Let the reader choose among their offices and the roles that are theirs to give."""
        self.office.choices = [
            (office.word, office.name or gettext("The whole nation")) for office in offices
        ]
        self.role.choices = roles_to_choose(current_actor().grants)
        return self


class RoleForm(FlaskForm):
    """Another role in the same office."""

    class Meta:
        csrf = False

    role = SelectField(
        _("Role"),
        [InputRequired(_("Choose a role from the list."))],
        invalid_choice_message=_("Choose a role from the list."),
    )


class DepartureForm(FlaskForm):
    """What a departing officer leaves to the others."""

    class Meta:
        csrf = False

    note = TextAreaField(
        _("What the others must know"),
        [Length(max=LONGEST_HANDOVER, message=_("This is too long."))],
        description=_(
            "Parcels, problems and questions stay with the office by themselves. Write what is agreed with a"
            " buyer, what waits for an answer, where things lie."
        ),
        render_kw={"maxlength": LONGEST_HANDOVER},
    )


def roles_to_choose(wanted: frozenset[str]) -> list[SelectChoice]:
    """These roles with what they are called, from below to above."""
    return [SelectChoice(role, words) for role, words in ROLES.items() if role in wanted]
