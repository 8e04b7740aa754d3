"""Text that wants to be more than text: no field of ours adds a header or splits a command. Addresses beyond ASCII."""

import email
import email.policy
import urllib.parse
import urllib.request
from email.message import EmailMessage

from tests.story.stage import Stage
from tradewind.audience.addresses import Address, normalize
from tradewind.audience.models import Company, Contact
from tradewind.content.models import Template
from tradewind.lab.testing import LabProcess
from tradewind.ledger.models import Message

EVIL = "x\r\nBcc: spy@evil.example\r\nX-Evil: yes\r\n\r\n<b>body</b>\r\n.\r\nMAIL FROM:<spy@evil.example>"
WORDS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00")
KNOWN = {
    "return-path", "delivered-to", "received", "authentication-results", "dkim-signature", "date", "from", "to", "reply-to",
    "subject", "message-id", "list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "mime-version",
    "content-type", "content-transfer-encoding", "precedence", "auto-submitted", "cfbl-address", "cfbl-feedback-id",
}  # fmt: skip
MJML = """<mjml><mj-body><mj-section><mj-column><mj-text>{{ first_name }} {{ last_name }} {{ company }} {{ job_title }}
{{ industry }} {{ source }} {{ phone }} {{ custom.hall }} {{ sender_name }}
{{ workspace_name }} {{ workspace_address }} <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def raw(lab: LabProcess, address: str) -> bytes:
    """The letter as it came."""
    where = f"{lab.http_url}/raw/{urllib.parse.quote(address, safe='@')}/1"
    with urllib.request.urlopen(where, timeout=10) as answer:
        return bytes(answer.read())


def write_evil(stage: Stage) -> None:
    """Past every form, straight into the rows: what an old import or a foreign database could have left there."""
    workspace, sender = stage.workspace, stage.sender
    for part, address in enumerate(f"evil{n}@gmail.com" for n in range(len(WORDS))):
        word = WORDS[part].replace("\x00", "\x01")  # PostgreSQL itself refuses NUL
        text = EVIL.replace("\r\n", word)
        company = Company.objects.create(workspace=workspace, name=f"{part}{text}")
        stage.contacts(
            [address], first_name=text, last_name=text, job_title=text, industry=text, source=text, phone=text[:30],
            custom={"hall": text}, company=company,
        )  # fmt: skip
    sender.name = EVIL
    sender.save(update_fields=["name"])
    stage.buyers.name = EVIL
    stage.buyers.save(update_fields=["name"])
    workspace.name = workspace.company_name = workspace.postal_address = EVIL
    workspace.save(update_fields=["name", "company_name", "postal_address"])
    fields = "{{ first_name }} {{ last_name }} {{ company }} {{ custom.hall }} {{ sender_name }}"
    Template.objects.filter(pk=stage.template.pk).update(subject=f"{EVIL} {fields}", mjml=MJML)
    stage.template.refresh_from_db()


def test_no_field_adds_a_header_or_a_command(stage: Stage) -> None:
    write_evil(stage)
    stage.everybody_is_there()
    campaign = stage.draft()
    books = stage.books(stage.launch(campaign))
    with stage.processes("worker"):
        books.wait()
    books.agree()
    assert books.states() == {"accepted": len(WORDS)}
    for row in stage.lab.rows():
        assert row["recipient"].startswith("evil"), "a command was split"
    for contact in Contact.objects.all():
        check_letter(raw(stage.lab, contact.email))


def check_letter(letter: bytes) -> None:
    assert letter.rstrip().endswith(b"--"), "a dot of the text ended the letter"
    message = email.message_from_bytes(letter, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - each header, also twice
    assert set(names) <= KNOWN, set(names) - KNOWN
    for once in ("from", "to", "subject", "message-id", "date", "list-unsubscribe"):
        assert names.count(once) == 1
    assert len(message["From"].addresses) == len(message["To"].addresses) == 1
    assert message["From"].addresses[0].domain == "ningbo-lantern.example"
    assert "spy@evil.example" in message["Subject"], "kept as harmless text"
    html = message.get_body(("html",))
    assert html is not None
    assert "<b>body</b>" not in html.get_content(), "not escaped"


SPLITTING = (
    "a@gmail.com>\r\nRCPT TO:<spy@gmail.com",
    "a\r\nDATA\r\n@gmail.com",
    "<a@gmail.com",
    "a b@gmail.com",
    "a\x01@gmail.com",
)


def test_no_address_splits_a_command(stage: Stage) -> None:
    """Forms and imports refuse it; a row that holds it nevertheless is skipped before any command is sent."""
    for address in (*SPLITTING, "a\x00@gmail.com"):
        assert not isinstance(normalize(address), Address)
    stage.contacts(["good@gmail.com", *(f"other{n}@gmail.com" for n in range(len(SPLITTING)))])
    stage.everybody_is_there()
    books = stage.books(stage.launch())
    for n, address in enumerate(SPLITTING):
        Message.objects.filter(email=f"other{n}@gmail.com").update(email=address)
    with stage.processes("worker"):
        books.wait()
    assert books.states() == {"accepted": 1, "skipped": len(SPLITTING)}
    assert [row["recipient"] for row in stage.lab.rows()] == ["good@gmail.com"]
    skipped = Message.objects.filter(origin=books.origin, state="skipped")
    assert all(message.reason == "cannot_compose" and message.reply_text for message in skipped)


def test_addresses_beyond_ascii(stage: Stage) -> None:
    """SMTPUTF8 (RFC 6531) where the server has it; else a refusal that says so. Domains travel as A-labels."""
    typed = ["用户@gmail.com", "jörg@gmx.de", "einkauf@bücher.de", "δοκιμή@παράδειγμα.de"]
    found = [normalize(address) for address in typed]
    assert all(isinstance(one, Address) for one in found)
    keys = [one.email_key for one in found if isinstance(one, Address)]
    assert keys[2] == "einkauf@xn--bcher-kva.de"
    stage.contacts(keys)
    for key in keys:
        stage.lab.person(key, state="ok", opens=False)
    stage.lab.habits("*", smtputf8=True)
    stage.lab.habits("gmx", smtputf8=False)
    books = stage.books(stage.launch())
    with stage.processes("worker"):
        books.wait()
    states = dict(Message.objects.filter(origin=books.origin).values_list("email", "state"))
    assert states == {keys[0]: "accepted", keys[1]: "refused", keys[2]: "accepted", keys[3]: "accepted"}
    refused = Message.objects.get(origin=books.origin, email=keys[1])
    assert "SMTPUTF8" in refused.reply_text
    assert {row["recipient"] for row in stage.lab.rows() if row["accepted"]} == {keys[0], keys[2], keys[3]}
