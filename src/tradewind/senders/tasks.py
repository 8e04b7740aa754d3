"""Jobs of this package. Each can be run twice, or be killed and run again, without harm."""

from datetime import timedelta

import structlog
from procrastinate.exceptions import AlreadyEnqueued

from tradewind.core import clock
from tradewind.core.jobs import periodic, task
from tradewind.senders import checks, mail_domains
from tradewind.senders.models import MailDomain, SendingDomain

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=50)  # a domain is checked about once an hour
SOON = 500  # domains per round


@task(name="senders.check_domain")
def check_domain(*, domain_id: int) -> None:
    """Check one sending domain; its new state stands in its row."""
    domain = SendingDomain.objects.filter(pk=domain_id).first()
    if domain is None:
        return
    before = domain.state
    checks.check(domain)
    if domain.state != before:
        log.info("domain_state_changed", domain=domain.name, before=before, now=domain.state)


@periodic(cron="*/10 * * * *")
@task(name="senders.check_domains")
def check_domains(timestamp: int) -> None:
    """Every sending domain that was not checked for an hour."""
    stale = SendingDomain.objects.exclude(checked_at__gt=clock.now() - AGAIN)
    for domain_id in stale.order_by("checked_at").values_list("pk", flat=True)[:SOON]:
        lock = f"check-domain-{domain_id}"
        try:
            check_domain.configure(lock=lock, queueing_lock=lock).defer(domain_id=domain_id)
        except AlreadyEnqueued:
            continue


@periodic(cron="*/5 * * * *")
@task(name="senders.ask_again")
def ask_again(timestamp: int) -> None:
    """Recipient domains for which the DNS had no answer."""
    failed = MailDomain.objects.filter(status=MailDomain.Status.ERROR, fresh_until__lte=clock.now())
    names = list(failed.order_by("fresh_until").values_list("pk", flat=True)[:SOON])
    mail_domains.resolve(names)


@task(name="senders.resolve")
def resolve(*, names: list[str]) -> None:
    """Recipient domains of which somebody will soon want to know who runs their mailboxes."""
    mail_domains.resolve(mail_domains.missing(names))
