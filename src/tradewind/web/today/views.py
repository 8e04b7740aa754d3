"""Today."""
from django.http import HttpResponse
from django.shortcuts import render
from tradewind.accounts.access import MemberRequest, member

@member()
def index(request: MemberRequest) -> HttpResponse:
    request.session["workspace"] = request.access.workspace.slug
    return render(request, "today/index.html")

@member()
def running(request: MemberRequest) -> HttpResponse:
    return HttpResponse("")
