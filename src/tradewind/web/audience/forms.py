"""Forms of the audience. What may be saved is decided in `tradewind.audience`; these carry it to and fro."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradewind.accounts.access import Access
from tradewind.accounts.models import User
from tradewind.audience import lists
from tradewind.audience.importing.detecting import DELIMITERS
from tradewind.audience.models import Company, Contact, List
from tradewind.audience.words import ConsentBasis, SuppressionReason
from tradewind.web import choices

NEW_LIST = "new"
ENCODING_NAMES = [
    ("utf-8-sig", "UTF-8"),
    ("gb18030", "GBK / GB18030"),
    ("utf-16-le", "UTF-16"),
    ("utf-16-be", "UTF-16 (big-endian)"),
    ("cp1252", "Windows-1252 / Latin-1"),
]


def _optional(items: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "–"), *items]


def _countries() -> list[tuple[str, str]]:
    return _optional(choices.countries())


def _zones() -> list[tuple[str, str]]:
    return _optional(choices.zones())


class ContactForm(forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=400,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    first_name = forms.CharField(label=_("First name"), max_length=200, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=200, required=False)
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "companies"}),
    )
    job_title = forms.CharField(label=_("Job title"), max_length=200, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=200, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=_countries, required=False)
    language = forms.CharField(
        label=_("Language"),
        max_length=60,
        required=False,
        help_text=_("The one they read: German, 德语 or de."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("Where you know them from: a fair, your website, a referral."),
    )
    industry = forms.CharField(label=_("Industry"), max_length=200, required=False)
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    custom = forms.CharField(
        label=_("Own fields"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "tw-mono", "spellcheck": "false"}),
        help_text=_("One a line, as name: value. In a template, incoterm is {{ custom.incoterm }}."),
    )

    def clean_custom(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["custom"].splitlines():
            if not line.strip():
                continue
            name, colon, value = line.replace("：", ":", 1).partition(":")
            if not colon or not name.strip():
                raise forms.ValidationError(
                    _("This line is not name: value. “%(line)s”"), params={"line": line[:60]}
                )
            found[name.strip()] = value.strip()
        return found

    def add_errors(self, errors: Mapping[str, Any]) -> None:
        for name, sentence in errors.items():
            self.add_error(name, sentence)

    @staticmethod
    def of(contact: Contact) -> dict[str, Any]:
        """What a contact's form begins with."""
        plain = ("email", "first_name", "last_name", "job_title", "phone", "country", "language", "time_zone")
        values = {name: getattr(contact, name) for name in (*plain, "source", "industry", "notes")}
        custom = "\n".join(f"{key}: {value}" for key, value in contact.custom.items())
        return {**values, "company": contact.company.name if contact.company else "", "custom": custom}


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    name = forms.CharField(label=_("Name"), max_length=200)
    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        required=False,
        help_text=_("New contacts with an address there join this company."),
    )
    country = forms.ChoiceField(label=_("Country"), choices=_countries, required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Owner"),
        required=False,
        empty_label="–",
        help_text=_("The colleague who works on this buyer."),
    )

    class Meta:
        model = Company
        fields = ("name", "domain", "country", "owner")

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = access.workspace.members.order_by("first_name", "email")

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = self.access.rows(Company).filter(name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("Another company has this name."))
        return name

    def clean_domain(self) -> str:
        from tradewind.audience.addresses import Bad, normalize_domain

        text = str(self.cleaned_data["domain"]).strip()
        domain = normalize_domain(text) if text else None
        if isinstance(domain, Bad):
            raise forms.ValidationError(str(domain.reason.sentence))
        return domain.ascii if domain else ""


class ListForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=lists.LONGEST_NAME)
    description = forms.CharField(
        label=_("Description"),
        max_length=500,
        required=False,
        help_text=_("For you and your colleagues: who is on it, and why."),
    )

    def __init__(self, access: Access, *args: Any, current: List | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = access.rows(List).exclude(pk=current.pk) if current else access.rows(List)

    def clean_name(self) -> str:
        name = lists.tidy_name(self.cleaned_data["name"])
        if self.others.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is already a list with this name."))
        return name


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text=_(
            "From Excel: File, Save as, “CSV UTF-8”. GBK, UTF-16, semicolons and tabs are understood as well."
        ),
    )


class ReadingForm(forms.Form):
    """How a file is read, when it was not detected rightly."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        choices=ENCODING_NAMES,
    )
    delimiter = forms.ChoiceField(
        label=_("Separator"),
        choices=list(zip(DELIMITERS, [_("Comma"), _("Semicolon"), _("Tab"), _("Bar |")], strict=True)),
    )
    has_headings = forms.BooleanField(label=_("The first row holds the headings"), required=False)


class ConsentForm(forms.Form):
    """Where the addresses come from, and why we may write to them."""

    list = forms.ChoiceField(label=pgettext_lazy("import", "Put them on the list"), required=False)
    new_list = forms.CharField(label=_("Name of the new list"), max_length=lists.LONGEST_NAME, required=False)
    source = forms.CharField(
        label=_("Where do these addresses come from?"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Canton Fair, spring 2026")}),
    )
    basis = forms.ChoiceField(
        label=_("Why may you write to them?"),
        widget=forms.RadioSelect,
        choices=[(basis.value, basis.sentence) for basis in ConsentBasis],
    )
    note = forms.CharField(
        label=_("Anything that proves it"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The form they filled in, the stand they came to, the order. It is kept with each consent."
        ),
    )
    update_existing = forms.BooleanField(
        label=_("Update contacts I already have"),
        required=False,
        help_text=_(
            "Filled cells replace what is there, empty ones change nothing. Without it, known contacts stay as they are."
        ),
    )
    attested = forms.BooleanField(
        label=_("I confirm that this is true and that we may write to these people."),
        error_messages={"required": _("Please confirm. It is noted with your name and the time.")},
    )

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(pk), name) for pk, name in access.rows(List).order_by("name").values_list("pk", "name")]
        field = self.fields["list"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*known, (NEW_LIST, _("A new list …")), ("", _("No list"))]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("list") == NEW_LIST and not str(cleaned.get("new_list", "")).strip():
            self.add_error("new_list", _("Give the new list a name."))
        return cleaned

    def chosen(self, access: Access) -> List | None:
        """The list, made if it is new; None for none."""
        choice = self.cleaned_data["list"]
        if choice == NEW_LIST:
            return lists.find_or_make(access.workspace, self.cleaned_data["new_list"])
        return access.rows(List).filter(pk=choice).first() if choice else None


class ComeBackForm(forms.Form):
    basis = forms.ChoiceField(
        label=_("What did they say?"),
        choices=[
            (b.value, b.label)
            for b in (ConsentBasis.SINGLE_OPT_IN, ConsentBasis.CUSTOMER, ConsentBasis.CARD_AT_FAIR)
        ],
    )
    note = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        help_text=_("Their mail of 3 May, their call on Monday. It is kept with the consent."),
    )


_BY_HAND = (
    SuppressionReason.MANUAL,
    SuppressionReason.IMPORTED,
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.COMPLAINED,
    SuppressionReason.HARD_BOUNCE,
)


class SuppressForm(forms.Form):
    values = forms.CharField(
        label=_("Addresses or domains"),
        max_length=2_000_000,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "class": "tw-mono", "placeholder": "anna@example.com\nexample.org"}
        ),
        help_text=_("One a line. A domain stops every address there."),
    )
    file = forms.FileField(label=_("Or a file with one a line"), required=False)
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[(reason.value, reason.label) for reason in _BY_HAND],
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not str(cleaned.get("values", "")).strip() and not cleaned.get("file"):
            self.add_error("values", _("Write at least one address or domain, or choose a file."))
        return cleaned


class ReleaseForm(forms.Form):
    why = forms.CharField(label=_("Why may they be mailed again?"), max_length=500)
