"""One contact: who, on which lists, what happened, what we may send and why."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import contacts, subscriptions
from tradewind.audience.countries import country_name, language_name
from tradewind.audience.models import Company, Contact, List
from tradewind.audience.words import ConsentBasis, SubscriptionState
from tradewind.web.audience.forms import ComeBackForm, ContactForm
from tradewind.web.audience.pages import number
from tradewind.web.audience.standing import standing
from tradewind.web.audience.timeline import timeline


@require_GET
@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    return _page(request, request.access.get(Contact, pk=pk), ComeBackForm())


def _page(request: MemberRequest, contact: Contact, come_back_form: ComeBackForm) -> HttpResponse:
    language = getattr(request, "LANGUAGE_CODE", "en")
    subscribed = list(contact.subscriptions.select_related("list").order_by("list__name"))
    context = {
        "contact": contact,
        "standing": standing(contact),
        "subscriptions": subscribed,
        "others": request.access.rows(List)
        .exclude(pk__in=[one.list_id for one in subscribed])
        .order_by("name"),
        "country": country_name(contact.country, language) if contact.country else "",
        "language": language_name(contact.language, language) if contact.language else "",
        "consents": contact.consents.select_related("source_import").order_by("-id")[:20],
        "entries": timeline(request.access, contact),
        "come_back_form": come_back_form,
        "editor": request.access.allows(Permission.EDIT_AUDIENCE),
    }
    return render(request, "audience/contact.html", context)


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def new(request: MemberRequest) -> HttpResponse:
    form = ContactForm(request.POST or None)
    existing = None
    if form.is_valid():
        saved = contacts.create(request.access.workspace, form.cleaned_data)
        if isinstance(saved, contacts.Saved):
            _put_on_list(request, saved.contact)
            request.access.audit("contact.created", saved.contact, str(saved.contact))
            return redirect(request.access.url("audience:contact", saved.contact.pk))
        form.add_errors(saved.errors)
        existing = saved.existing
    return _form(request, form, None, existing)


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    contact = request.access.get(Contact, pk=pk)
    form = ContactForm(request.POST or None, initial=ContactForm.of(contact))
    existing = None
    if form.is_valid():
        # Only what was changed here: a colleague may have changed the rest meanwhile.
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        saved = contacts.update(contact, changed)
        if isinstance(saved, contacts.Saved):
            request.access.audit("contact.changed", contact, str(contact), fields=sorted(changed))
            return redirect(request.access.url("audience:contact", pk))
        form.add_errors(saved.errors)
        existing = saved.existing
    return _form(request, form, request.access.get(Contact, pk=pk), existing)


def _form(
    request: MemberRequest, form: ContactForm, contact: Contact | None, existing: Contact | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "contact": contact,
        "existing": existing,
        "companies": request.access.rows(Company).order_by("-id").values_list("name", flat=True)[:200],
        "lists": request.access.rows(List).order_by("name"),
    }
    return render(request, "audience/contact_form.html", context)


def _put_on_list(request: MemberRequest, contact: Contact) -> None:
    list_ = request.access.rows(List).filter(pk=number(request.POST.get("list")) or 0).first()
    if list_:
        subscriptions.subscribe(list_, [contact.pk])


@require_POST
@member(Permission.EDIT_AUDIENCE)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    contact = request.access.get(Contact, pk=pk)
    request.access.audit("contact.deleted", contact, contact.email)
    contact.delete()
    messages.success(request, _("The contact was deleted. Messages already sent stay in their campaigns."))
    return redirect(request.access.url("audience:contacts"))


@require_POST
@member(Permission.EDIT_AUDIENCE)
def subscribe(request: MemberRequest, pk: int) -> HttpResponse:
    contact = request.access.get(Contact, pk=pk)
    list_ = request.access.rows(List).filter(pk=number(request.POST.get("list")) or 0).first()
    if list_ and subscriptions.subscribe(list_, [contact.pk]):
        request.access.audit("contact.subscribed", contact, f"{contact} → {list_}")
    return _back(request, pk)


@require_POST
@member(Permission.EDIT_AUDIENCE)
def unsubscribe(request: MemberRequest, pk: int) -> HttpResponse:
    """From one list, or from everything; noted as the person's wish, told to `request.user`."""
    contact = request.access.get(Contact, pk=pk)
    list_ = request.access.rows(List).filter(pk=number(request.POST.get("list")) or 0).first()
    only = [list_.pk] if list_ else None
    subscriptions.unsubscribe(contact.pk, list_ids=only, told_to=request.user.pk)
    request.access.audit("contact.unsubscribed", contact, f"{contact} ← {list_ or '*'}")
    return _back(request, pk)


@require_POST
@member(Permission.EDIT_AUDIENCE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Off one list, as if never on it: a colleague's mistake, not the person's wish."""
    contact = request.access.get(Contact, pk=pk)
    list_ = request.access.get(List, pk=number(request.POST.get("list")) or 0)
    if subscriptions.remove(list_, contact.pk):
        request.access.audit("list.contact_removed", list_, f"{contact} ← {list_}")
        said = _(
            "%(contact)s was taken off “%(list)s”; nothing else was changed. An import can put them there again."
        )
        messages.success(request, said % {"contact": contact, "list": list_})
    if request.POST.get("back") == "list":
        return redirect(request.access.url("audience:list", list_.pk))
    return _back(request, pk)


@require_POST
@member(Permission.EDIT_AUDIENCE)
def come_back(request: MemberRequest, pk: int) -> HttpResponse:
    contact = request.access.get(Contact, pk=pk)
    form = ComeBackForm(request.POST)
    if not form.is_valid():
        return _page(request, contact, form)
    left = contact.subscriptions.filter(state=SubscriptionState.UNSUBSCRIBED).values_list(
        "list_id", flat=True
    )
    basis = ConsentBasis(form.cleaned_data["basis"])
    subscriptions.come_back(
        contact, list(left), basis, note=form.cleaned_data["note"], told_to=request.user.pk
    )
    request.access.audit("contact.came_back", contact, f"{contact}: {form.cleaned_data['note']}")
    return _back(request, pk)


def _back(request: MemberRequest, pk: int) -> HttpResponse:
    return redirect(request.access.url("audience:contact", pk))
