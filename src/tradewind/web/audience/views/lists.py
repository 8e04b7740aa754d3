"""Lists: who gets what."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import lists
from tradewind.audience.models import Contact, List
from tradewind.audience.words import SubscriptionState
from tradewind.outreach import lists as use
from tradewind.web.audience import pages
from tradewind.web.audience.forms import ListForm


@require_http_methods(["GET", "POST"])
@member()
def index(request: MemberRequest) -> HttpResponse:
    form = ListForm(request.access, request.POST or None)
    if request.method == "POST":
        request.access.require(Permission.EDIT_AUDIENCE)
        if form.is_valid():
            made = List.objects.create(workspace=request.access.workspace, **form.cleaned_data)
            request.access.audit("list.created", made, made.name)
            return redirect(request.access.url("audience:list", made.pk))
    counts = lists.counts(request.access.workspace)
    rows = [(one, counts.get(one.pk, lists.Members())) for one in request.access.rows(List).order_by("name")]
    return render(request, "audience/lists.html", {"form": form, "rows": rows})


@require_GET
@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    list_ = request.access.get(List, pk=pk)
    members = lists.counts(request.access.workspace).get(pk, lists.Members())
    subscribed = request.access.rows(Contact).filter(
        subscriptions__list=list_, subscriptions__state=SubscriptionState.SUBSCRIBED
    )
    context = {
        "list": list_,
        "members": members,
        "imports": list_.imports.order_by("-id")[:10],
        "page": pages.window(request, subscribed.select_related("company")),
        "use": use.use_of(list_),
        "editor": request.access.allows(Permission.EDIT_AUDIENCE),
    }
    return render(request, "audience/list.html", context)


@require_POST
@member(Permission.EDIT_AUDIENCE)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    list_ = request.access.get(List, pk=pk)
    try:
        with transaction.atomic():
            request.access.audit("list.deleted", list_, list_.name)
            use.delete(list_)
    except lists.ListInUse as error:
        messages.error(request, _("The list was not deleted. %(why)s") % {"why": error})
        return redirect(request.access.url("audience:list", pk))
    messages.success(
        request, _("The list “%(list)s” was deleted. Its contacts are still here.") % {"list": list_}
    )
    return redirect(request.access.url("audience:lists"))


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    list_ = request.access.get(List, pk=pk)
    initial = {"name": list_.name, "description": list_.description}
    form = ListForm(request.access, request.POST or None, initial=initial, current=list_)
    if form.is_valid():
        list_.name, list_.description = form.cleaned_data["name"], form.cleaned_data["description"]
        list_.save(update_fields=["name", "description"])
        request.access.audit("list.changed", list_, list_.name)
        return redirect(request.access.url("audience:list", pk))
    return render(request, "audience/list_form.html", {"form": form, "list": list_})
