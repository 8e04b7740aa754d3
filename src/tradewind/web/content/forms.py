"""Forms of templates. What is wrong with a template's content never stops saving it: that is what
findings are for."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.access import Access
from tradewind.content.liquid import MAX_SOURCE
from tradewind.content.models import Template
from tradewind.senders.models import Sender
from tradewind.web.forms import ModelForm

LANGUAGES = [
    ("", _("Not set")),
    ("en", "English"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("pt", "Português"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("ru", "Русский"),
    ("tr", "Türkçe"),
    ("ar", "العربية"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("vi", "Tiếng Việt"),
]


class Wanted(forms.CharField):
    """A field that a mail needs, and a draft may lack: the lack is a finding, and saved like everything else."""

    def validate(self, value: Any) -> None:
        return


class TemplateForm(ModelForm[Template]):
    """The draft. `seen` says which state of it the editor shows, so that two people do not write over
    each other."""

    use_required_attribute = False
    subject = Wanted(label=_("Subject"), max_length=2000)
    mjml = Wanted(
        label=_("Mail (MJML)"),
        max_length=MAX_SOURCE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "wrap": "off", "class": "tw-code"}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Template
        fields = ("name", "subject", "preheader", "mjml", "text", "language")
        labels = {
            "name": _("Name"),
            "preheader": _("Preheader"),
            "text": _("Text version"),
            "language": _("Language"),
        }
        help_texts = {
            "preheader": _("The line that mailboxes show beside the subject."),
            "text": _("For readers without pictures and colours. Left empty, it is made from the mail."),
        }
        widgets = {
            "name": forms.TextInput,
            "preheader": forms.TextInput,
            "text": forms.Textarea(attrs={"rows": 10, "class": "tw-mono"}),
            "language": forms.Select(choices=LANGUAGES),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, most in (("name", 200), ("preheader", 2000), ("text", MAX_SOURCE)):
            self.fields[name].validators.append(MaxLengthValidator(most))
        self.fields["name"].required = True
        self.fields["text"].strip = False  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["seen"] = self.instance.updated_at.isoformat()


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)


class TestForm(forms.Form):
    """To whom a test goes, from whom, and whose values fill it."""

    email = forms.EmailField(label=_("Send to"), max_length=254)
    sender = forms.ModelChoiceField(Sender.objects.none(), label=_("Sender"), empty_label=None)
    contact = forms.CharField(
        label=_("Filled with the values of"),
        required=False,
        help_text=_("The address of a contact; left empty, an invented one."),
        widget=forms.TextInput(attrs={"list": "contacts", "autocomplete": "off"}),
    )

    def __init__(self, access: Access, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ModelChoiceField)
        sender.queryset = access.rows(Sender).select_related("domain", "channel").order_by("name", "email")
