"""What people bring that cannot be used: each kind is answered by a sentence, and nothing of it is kept by halves.
(Every variety is tried in the rooms' own tests; here one of each, by the way that a person would take.)"""

import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast
from tests.outreach.scene import make_campaign
from tradewind.audience.models import Contact, Import
from tradewind.content.models import Template
from tradewind.outreach import campaigns
from tradewind.outreach.campaigns import CampaignBlocked
from tradewind.outreach.models import Campaign

FOOT = '<mj-text>{{ workspace_address }} <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>'
PAGE = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>%s</mj-text>%s</mj-column></mj-section></mj-body></mjml>"
)

TEMPLATES = {
    "loop without end": (PAGE % ("{% for a in (1..1000000000) %}{{ a }}{% endfor %}", FOOT), "loop"),
    "loops in loops": (
        PAGE % ("{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}", FOOT), "loop"
    ),
    "a tag that never ends": (PAGE % ("{% if first_name %}Hello", FOOT), "if"),
    "MJML that is not closed": ("<mjml><mj-body><mj-section>", "mj"),
    "no MJML at all": ("Dear friend", "cannot stand directly"),
    "an unknown field": (PAGE % ("{{ frist_name }}", FOOT), "frist_name"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("what", TEMPLATES)
def test_a_template_that_cannot_be_used_blocks_its_campaign(cast: Cast, what: str) -> None:
    mjml, word = TEMPLATES[what]
    campaign = make_campaign(cast.workspace)
    assert campaign.template_id is not None
    Template.objects.filter(pk=campaign.template_id).update(mjml=mjml)
    campaign.refresh_from_db()
    began = time.monotonic()
    with pytest.raises(CampaignBlocked) as blocked:
        campaigns.start(campaign)
    assert time.monotonic() - began < 3
    assert word in str(blocked.value).lower()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.origin_id) == (Campaign.State.DRAFT, None)
    page = cast.client(cast.alice).get(cast.url("campaigns:check", campaign.pk))
    assert page.status_code == 200


FILES = {
    "nothing": b"",
    "no rows": b"email,name\r\n",
    "a workbook": b"PK\x03\x04 not really one",
    "not text": bytes(range(256)) * 8 + b"\0" * 1000,
    "ten thousand columns": ",".join(f"c{n}" for n in range(10_000)).encode() + b"\na@b.de",
    "headings with an open quote": b'email,"name\na@b.de,x\n',
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_table_is_answered_and_not_kept(cast: Cast, what: str) -> None:
    file = SimpleUploadedFile("buyers.csv", FILES[what], "text/csv")
    page = cast.client(cast.bob).post(cast.url("audience:import_new"), {"file": file}, follow=True)
    assert page.status_code == 200
    said = page.context.get("problem") or page.context["form"].errors.get("file")
    assert said
    assert len(str(said)) > 20
    assert not Import.objects.exists()
    assert not Contact.objects.exists()
