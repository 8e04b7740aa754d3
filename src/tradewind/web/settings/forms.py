"""Forms of the settings."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.access import Access
from tradewind.accounts.models import AuditEntry, Membership, User, Workspace
from tradewind.accounts.roles import Role
from tradewind.web import choices
from tradewind.web.forms import ModelForm


class WorkspaceForm(ModelForm[Workspace]):
    name = forms.CharField(label=_("Name of the workspace"), max_length=80)
    company_name = forms.CharField(
        label=_("Company name"),
        max_length=200,
        required=False,
        help_text=_("As it stands in the register; readers see it at the foot of a mail."),
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=500,
        help_text=_(
            "Most countries ask for it in every commercial mail. Without it, campaigns cannot be sent."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    website = forms.CharField(
        label=_("Website"),
        required=False,
        max_length=300,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    country = forms.ChoiceField(label=_("Country"), choices=choices.countries_to_choose, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=choices.zones,
        help_text=_("For schedules of the workspace; people have their own for what they see."),
    )

    class Meta:
        model = Workspace
        fields = ("name", "company_name", "postal_address", "website", "country", "time_zone")

    def clean_website(self) -> str:
        website: str = self.cleaned_data["website"].strip()
        if website and "://" not in website:
            website = f"https://{website}"
        if website:
            URLValidator(schemes=["http", "https"], message=_("Write it like https://www.example.com."))(
                website
            )
        return website

    def save(self, commit: bool = True) -> Workspace:
        self.instance.save(update_fields=list(self._meta.fields or ()))
        return self.instance


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self.fields["role"].choices = choices.roles(access.role)  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.MARKETER.value

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Membership.objects.filter(workspace=self.access.workspace, user__email__iexact=email).exists():
            raise forms.ValidationError(
                _("This person is a member already; change the role in the list below.")
            )
        return email


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What will use it: “web shop”, “ERP”.")
    )
    role = forms.ChoiceField(label=_("May do what this role may do"))

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices.roles(access.role)  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.MARKETER.value


class ProfileForm(ModelForm[User]):
    first_name = forms.CharField(label=_("Your name"), max_length=150)
    language = forms.ChoiceField(label=_("Language"), choices=choices.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=choices.zones, help_text=_("All times are shown in this zone.")
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=choices.THEMES, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ("first_name", "language", "time_zone", "theme")

    def save(self, commit: bool = True) -> User:
        self.instance.save(update_fields=list(self._meta.fields or ()))
        return self.instance


class AuditFilter(forms.Form):
    """What to show of the audit log; everything that cannot be understood is left out of the question."""

    PERIODS = [
        ("", _("Any time")),
        ("1", _("Last 24 hours")),
        ("7", _("Last 7 days")),
        ("30", _("Last 30 days")),
    ]

    q = forms.CharField(required=False, label=_("Search"))
    who = forms.ModelChoiceField(
        User.objects.none(), required=False, label=_("Person"), empty_label=_("Anybody")
    )
    period = forms.ChoiceField(choices=PERIODS, required=False, label=_("When"))

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acted = AuditEntry.objects.filter(workspace=access.workspace).values("actor")
        self.fields["who"].queryset = User.objects.filter(pk__in=acted).order_by("first_name", "email")  # type: ignore[attr-defined]

    def narrow(self, entries: QuerySet[AuditEntry], now: Any) -> QuerySet[AuditEntry]:
        self.is_valid()
        data = self.cleaned_data
        if data.get("q"):
            entries = entries.filter(
                Q(summary__icontains=data["q"])
                | Q(action__icontains=data["q"])
                | Q(target__icontains=data["q"])
            )
        if data.get("who"):
            entries = entries.filter(actor=data["who"])
        if data.get("period"):
            entries = entries.filter(at__gte=now - timedelta(days=int(data["period"])))
        return entries
