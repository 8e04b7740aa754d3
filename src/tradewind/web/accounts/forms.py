"""Forms before there is a workspace: the first run, an invitation, another workspace."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import Invitation, UiLanguage, User, Workspace
from tradewind.web import choices
from tradewind.web.forms import ModelForm

FIRST_RUN_LOCK = 7_310_001


def page_language() -> str:
    """The language in which the person reads this page, as a choice for their profile."""
    return UiLanguage.CHINESE.value if (get_language() or "").startswith("zh") else UiLanguage.ENGLISH.value


class PersonForm(forms.Form):
    """A new person: what both ways in have in common."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("10 characters at least. A sentence is easier to remember than a riddle."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                _("Somebody with this address is registered already. Log in instead.")
            )
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            person = User(email=data.get("email", ""), first_name=data.get("name", ""))
            try:
                validate_password(data["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data

    def make_user(self, **fields: Any) -> User:
        data = self.cleaned_data
        return User.objects.create_user(data["email"], data["password"], first_name=data["name"], **fields)


class FirstRunForm(PersonForm):
    workspace = forms.CharField(
        label=_("Workspace"),
        max_length=80,
        help_text=_("Usually the name of your company. You can change it later."),
    )
    country = forms.ChoiceField(label=_("Country"), choices=choices.countries_to_choose)
    language = forms.ChoiceField(label=_("Language"), choices=choices.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.zones)

    def save(self) -> tuple[User, Workspace] | None:
        """The first person and their workspace; None when somebody else was first."""
        data = self.cleaned_data
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_RUN_LOCK])
            if User.objects.exists():
                return None
            user = self.make_user(
                language=data["language"], time_zone=data["time_zone"], is_staff=True, is_superuser=True
            )
            name = data["workspace"]
            zone = data["time_zone"]
            workspace = Workspace.found(
                name, user, company_name=name, country=data["country"], time_zone=zone
            )
        return user, workspace


class JoinForm(PersonForm):
    """Somebody new takes an invitation; the address is that of the invitation."""

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["email"].initial = invitation.email
        self.fields["email"].disabled = True

    def save(self) -> User:
        with transaction.atomic():
            user = self.make_user(language=page_language(), time_zone=self.invitation.workspace.time_zone)
            self.invitation.accept(user)
        return user


class WorkspaceForm(ModelForm[Workspace]):
    """A further workspace, for another company or brand."""

    name = forms.CharField(label=_("Name"), max_length=80)
    country = forms.ChoiceField(label=_("Country"), choices=choices.countries_to_choose)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.zones)

    class Meta:
        model = Workspace
        fields = ("name", "country", "time_zone")

    def found(self, owner: User) -> Workspace:
        data = self.cleaned_data
        return Workspace.found(
            data["name"],
            owner,
            company_name=data["name"],
            country=data["country"],
            time_zone=data["time_zone"],
        )
