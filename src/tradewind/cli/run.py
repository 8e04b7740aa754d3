"""`tradewind run`, and the parts of it that are commands of their own: `web`, `jobs`."""

import os
import sys

import typer

from tradewind.cli.common import RUN, start_django
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("run", rich_help_panel=RUN, help=_("Everything on this machine: database, web, mail, jobs."))
    def run(
        without: list[str] = typer.Option(
            [],
            "--without",
            help=_("Leave out a part: web, worker, jobs, project or inbound. May be repeated."),
        ),
    ) -> None:
        raise SystemExit(run_everything(frozenset(without)))

    @app.command("web", rich_help_panel=RUN, help=_("The pages, the API, and the links in mails."))
    def web() -> None:
        serve_web()

    @app.command("jobs", rich_help_panel=RUN, help=_("Background jobs: imports, planning, checks."))
    def jobs() -> None:
        work_jobs()


def run_everything(without: frozenset[str]) -> int:
    """Supervise all parts until SIGTERM or Ctrl-C; returns the exit code."""
    start_django(database=False)
    from django.conf import settings

    from tradewind.core import postgres
    from tradewind.core.supervisor import Part, Stage, Supervisor

    if sys.stdout.isatty():
        os.environ.setdefault("TRADEWIND_LOG_FORMAT", "text")  # the parts write into a pipe

    def command(*words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "tradewind", *words)

    parts = [
        Part("web", command("web"), Stage.LAST),
        *(Part(f"worker.{n}", command("worker"), Stage.FIRST) for n in range(1, settings.WORKERS + 1)),
        Part("jobs", command("jobs"), Stage.SECOND),
        Part("project", command("project"), Stage.SECOND),
        Part("inbound", command("inbound"), Stage.FIRST),
    ]
    chosen = [part for part in parts if part.name.split(".")[0] not in without]
    postgres.ensure_running(end_with_us=True)
    supervisor = Supervisor(chosen, before=command("migrate", "--quiet"), tend=tend_database)
    return supervisor.run(
        ready=(settings.WEB_HOST, settings.WEB_PORT),
        greeting=_("Tradewind is ready: {url}").format(url=settings.PUBLIC_URL),
    )


def tend_database() -> str | None:
    """Start the embedded database again when it is gone; returns a sentence when it was."""
    from tradewind.core import postgres

    if not postgres.embedded() or postgres.running():
        return None
    postgres.ensure_running(end_with_us=True)
    return _("The database had stopped and was started again. Nothing that was stored is lost.")


def serve_web() -> None:
    """Serve until SIGTERM or Ctrl-C; requests that have begun are finished."""
    start_django()
    import uvicorn
    from django.conf import settings

    uvicorn.run(
        "tradewind.web.asgi:application",
        host=settings.WEB_HOST,
        port=settings.WEB_PORT,
        proxy_headers=True,
        forwarded_allow_ips=settings.WEB_PROXIES,
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


def work_jobs() -> None:
    """Do jobs until SIGTERM or Ctrl-C; jobs that have begun get 30 s to end."""
    start_django()
    from django.conf import settings

    from tradewind.core.jobs import work

    work(settings.JOB_WORKERS)
