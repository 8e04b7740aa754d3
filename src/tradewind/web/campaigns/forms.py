"""Forms of the wizard. They choose among rows of the workspace only; the rules are in `outreach.campaigns`."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.access import Access
from tradewind.audience.models import List
from tradewind.content.models import Template
from tradewind.outreach.campaigns import MAX_LIFETIME_HOURS
from tradewind.outreach.models import Campaign
from tradewind.senders.models import Sender


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("Only you see it. Say what it is for, such as “Canton Fair follow-up, October”."),
    )


class AudienceForm(forms.Form):
    lists = forms.ModelMultipleChoiceField(
        List.objects.none(), required=False, label=_("Send to"), widget=forms.CheckboxSelectMultiple
    )
    excluded = forms.ModelMultipleChoiceField(
        List.objects.none(), required=False, label=_("But not to"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, access: Access, campaign: Campaign, data: Any = None) -> None:
        chosen = {"lists": campaign.lists.all(), "excluded": campaign.excluded_lists.all()}
        super().__init__(data, initial=chosen)
        for name in ("lists", "excluded"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = access.rows(List).order_by("name")


class ContentForm(forms.Form):
    template = forms.ModelChoiceField(
        Template.objects.none(),
        required=False,
        label=_("Template"),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    sender = forms.ModelChoiceField(
        Sender.objects.none(),
        required=False,
        label=_("Sender"),
        help_text=_("The name and address readers see."),
        empty_label=_("Choose a sender"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, access: Access, campaign: Campaign, data: Any = None) -> None:
        super().__init__(data, initial={"template": campaign.template_id, "sender": campaign.sender_id})
        template, sender = self.fields["template"], self.fields["sender"]
        assert isinstance(template, forms.ModelChoiceField)
        assert isinstance(sender, forms.ModelChoiceField)
        template.queryset = access.rows(Template).filter(archived_at=None).order_by("-updated_at", "-pk")
        sender.queryset = access.rows(Sender).select_related("domain").order_by("name")


class SendForm(forms.Form):
    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("Now")), (LATER, _("At a set time"))],
        initial=NOW,
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("Time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    lifetime_hours = forms.IntegerField(
        label=_("Give up after"),
        min_value=1,
        max_value=MAX_LIFETIME_HOURS,
        help_text=_("Hours. A provider that makes us wait longer than this does not get the mail any more."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == self.LATER and not data.get("at"):
            self.add_error("at", _("Choose a day and a time."))
        return data

    @property
    def at_time(self) -> datetime | None:
        """The chosen time, or None for now."""
        if self.cleaned_data["when"] == self.NOW:
            return None
        at = self.cleaned_data["at"]
        assert isinstance(at, datetime)
        return at
