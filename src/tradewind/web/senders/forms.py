"""Forms of domains, channels and senders."""

from ipaddress import ip_address
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.access import Access
from tradewind.senders.models import Channel
from tradewind.web.forms import ModelForm


class DomainForm(forms.Form):
    name = forms.CharField(
        label=_("Domain"),
        max_length=300,
        help_text=_("The part of your address after the @, like example.com."),
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )


KINDS = [
    (Channel.Kind.RELAY.value, _("Through a relay: a mail server or service that sends for us")),
    (
        Channel.Kind.DIRECT.value,
        _("Directly: this machine talks to the readers' mail servers (port 25 must be open)"),
    ),
]
SECURITIES = [
    (Channel.Security.STARTTLS.value, _("STARTTLS (port 587)")),
    (Channel.Security.TLS.value, _("TLS (port 465)")),
    (Channel.Security.NONE.value, _("None: only for a server on this machine")),
    (Channel.Security.OPPORTUNISTIC.value, _("When the server offers it (direct only)")),
]


class ChannelForm(ModelForm[Channel]):
    """The password is never shown; left empty, it stays."""

    kind = forms.ChoiceField(
        label=_("Way out"), choices=KINDS, widget=forms.RadioSelect, initial=Channel.Kind.RELAY.value
    )
    security = forms.ChoiceField(
        label=_("Encryption"), choices=SECURITIES, initial=Channel.Security.STARTTLS.value
    )

    class Meta:
        model = Channel
        fields = (
            *("name", "kind", "host", "port", "security", "verify_certificate", "username", "password"),
            *("ehlo_name", "source_ip", "max_connections", "rate_per_second"),
        )
        labels = {
            "name": _("Name"),
            "host": _("Server"),
            "port": _("Port"),
            "verify_certificate": _("Check the server's certificate"),
            "username": _("User name"),
            "password": _("Password"),
            "ehlo_name": _("Our name (EHLO)"),
            "source_ip": _("Our IP address"),
            "max_connections": _("Connections at once"),
            "rate_per_second": _("Mails per second, at most"),
        }
        help_texts = {
            "password": _("Gmail, QQ and 163 want an app password or authorisation code here."),
            "ehlo_name": _("The name of this machine in the DNS; its PTR record should say the same."),
            "source_ip": _("Only if the machine has several and mail shall leave from this one."),
            "rate_per_second": _("What the relay allows. Left empty: as fast as it takes them."),
        }
        widgets = {
            "name": forms.TextInput,
            "host": forms.TextInput(attrs={"placeholder": "smtp.example.com", "autocapitalize": "off"}),
            "username": forms.TextInput(attrs={"autocomplete": "off"}),
            "password": forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            "ehlo_name": forms.TextInput,
            "source_ip": forms.TextInput,
        }

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._access = access
        self._password = self.instance.password
        self.fields["name"].required, self.fields["rate_per_second"].required = True, False
        if self.instance.pk and self._password:
            self.fields["password"].help_text = _("One is stored. Left empty, it stays.")

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if self._access.rows(Channel).filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("There is a channel of this name already."))
        return name

    def clean_source_ip(self) -> str:
        typed = str(self.cleaned_data["source_ip"]).strip()
        try:
            return str(ip_address(typed)) if typed else ""
        except ValueError:
            raise ValidationError(gettext("This is no IP address.")) from None

    def clean_port(self) -> int:
        port = int(self.cleaned_data["port"])
        if not 1 <= port <= 65535:
            raise ValidationError(gettext("A port is a number from 1 to 65535."))
        return port

    def clean_max_connections(self) -> int:
        count = int(self.cleaned_data["max_connections"])
        if not 1 <= count <= 500:
            raise ValidationError(gettext("Choose from 1 to 500."))
        return count

    def clean_rate_per_second(self) -> float | None:
        rate: float | None = self.cleaned_data["rate_per_second"]
        if rate is not None and not 0 < rate <= 10_000:
            raise ValidationError(gettext("Choose more than 0, at most 10,000."))
        return rate

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("host", "username", "ehlo_name"):
            value = str(data.get(name, "")).strip()
            if not value.isprintable() or (name != "username" and " " in value):
                self.add_error(name, gettext("This has signs that cannot stand here."))
            data[name] = value
        kind, security = data.get("kind"), data.get("security")
        if kind == Channel.Kind.RELAY and not data["host"] and "host" not in self.errors:
            self.add_error("host", gettext("A relay needs its server's name."))
        if kind == Channel.Kind.RELAY and security == Channel.Security.OPPORTUNISTIC:
            self.add_error("security", gettext("A relay is yours: choose STARTTLS or TLS."))
        if kind == Channel.Kind.DIRECT and security in (Channel.Security.STARTTLS, Channel.Security.TLS):
            # Not every mail server of the world offers it; those that must are on the required-TLS list.
            data["security"] = Channel.Security.OPPORTUNISTIC
        data["password"] = data.get("password") or self._password
        return data


class SenderForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("What readers see first: a person, with or without the company."),
    )
    email = forms.CharField(label=_("Address"), max_length=254)
    reply_to = forms.EmailField(
        label=_("Answers go to"),
        required=False,
        max_length=254,
        help_text=_("Left empty: to the address itself."),
    )
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), empty_label=None)

    def __init__(self, access: Access, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ModelChoiceField)
        channel.queryset = access.rows(Channel).order_by("name")


class TryForm(forms.Form):
    """Whose mail server a direct channel is tried with."""

    domain = forms.RegexField(
        r"^[A-Za-z0-9._-]+$", label=_("Try it with the mail server of"), max_length=253, initial="gmail.com"
    )
