"""Companies: the buyers behind the people."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import companies
from tradewind.audience.countries import country_name
from tradewind.audience.models import Company, Contact
from tradewind.web.audience import pages
from tradewind.web.audience.forms import CompanyForm


@require_GET
@member()
def index(request: MemberRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    found = companies.search(request.access.workspace, text)
    page = pages.window(request, found.select_related("owner"))
    people = dict(
        Contact.objects.filter(company__in=page.rows)
        .values_list("company")
        .annotate(n=Count("pk"))
        .order_by()
    )
    context = {
        "text": text,
        "page": page,
        "rows": [(company, people.get(company.pk, 0)) for company in page.rows],
        "total": pages.counted(found),
        "most": pages.COUNTED,
    }
    return render(request, "audience/companies.html", context)


@require_GET
@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    company = request.access.get(Company, pk=pk)
    found = request.access.rows(Contact).filter(company=company)
    language = getattr(request, "LANGUAGE_CODE", "en")
    context = {
        "company": company,
        "country": country_name(company.country, language) if company.country else "",
        "page": pages.window(request, found.prefetch_related("subscriptions__list")),
        "total": found.count(),
    }
    return render(request, "audience/company.html", context)


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    company = request.access.get(Company, pk=pk)
    form = CompanyForm(request.access, request.POST or None, instance=company)
    if form.is_valid():
        company.save(update_fields=["name", "domain", "country", "owner"])
        request.access.audit("company.changed", company, company.name, fields=sorted(form.changed_data))
        return redirect(request.access.url("audience:company", pk))
    return render(request, "audience/company_form.html", {"form": form, "company": company})
