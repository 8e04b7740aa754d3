"""Background jobs of the ground: what a killed process left half done is taken up again."""

from procrastinate import JobContext

from tradewind.core.jobs import periodic, task


@periodic(cron="* * * * *")
@task(name="core.take_up_stalled", pass_context=True)
async def take_up_stalled(context: JobContext, timestamp: int) -> int:
    """Jobs whose process is gone (no heartbeat for 30 s) wait again; how many. Every task may run twice without harm."""
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs())
    for job in stalled:
        await manager.retry_job(job)
    return len(stalled)
