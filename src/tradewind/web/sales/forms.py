"""What can be changed about a lead."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import User, Workspace
from tradewind.crm.models import Lead
from tradewind.crm.words import LeadState


class LeadForm(forms.Form):
    """State and owner; only members can own a lead."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[(state.value, state.label) for state in LeadState],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        workspace: Workspace,
        lead: Lead,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, prefix=prefix, initial={"state": lead.state, "owner": lead.owner_id})
        self.lead = lead
        owners = self.fields["owner"]
        assert isinstance(owners, forms.ModelChoiceField)
        owners.queryset = User.objects.filter(memberships__workspace=workspace).order_by(
            "first_name", "email"
        )

    def save(self) -> bool:
        """True if anything changed."""
        moved = self.lead.move(LeadState(self.cleaned_data["state"]))
        return self.lead.assign(self.cleaned_data["owner"]) or moved
