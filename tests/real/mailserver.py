"""A real mail server on loopback: Postfix takes mail by submission (STARTTLS, AUTH), Dovecot checks the password, keeps
the mailboxes and serves them by IMAP. Addresses of the domain that nobody has are refused by Dovecot only after Postfix
has accepted them, so that Postfix sends a DSN. Debian's packages, own configuration, own folders; run as root.
"""

import datetime
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import free_port, listening, wait_until

DOMAIN = "buyers.test"
USER, PASSWORD = "relay", "secret pass%word"
BOX_PASSWORD = "box"


@dataclass(frozen=True)
class MailServer:
    folder: Path
    smtp_port: int
    imap_port: int
    certificate: Path


@contextmanager
def mail_server(boxes: list[str], return_path_host: str, inbound_port: int) -> Iterator[MailServer]:
    """Runs until the block is left. `boxes` are local parts; mail for `return_path_host` goes to `inbound_port`."""
    folder = Path(tempfile.mkdtemp(prefix="tw-mail-", dir="/var/tmp"))
    folder.chmod(0o755)
    server = MailServer(folder, free_port(), free_port(), folder / "cert.pem")
    lmtp_port, auth_port = free_port(), free_port()
    _certificate(server)
    dovecot = _dovecot(server, boxes, lmtp_port, auth_port)
    postfix = _postfix(server, return_path_host, inbound_port, lmtp_port, auth_port)
    try:
        wait_until(lambda: listening(server.imap_port) and listening(server.smtp_port), 20, "the mail server")
        yield server
    finally:
        subprocess.run(["postfix", "-c", str(postfix), "stop"], capture_output=True, check=False)
        dovecot.terminate()
        dovecot.wait(15)
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(server: MailServer) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    server.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file = server.folder / "key.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _dovecot(server: MailServer, boxes: list[str], lmtp_port: int, auth_port: int) -> subprocess.Popen[bytes]:
    folder = server.folder / "dovecot"
    (folder / "mail").mkdir(parents=True)
    nobody = pwd.getpwnam("mail")
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    owner = f"{nobody.pw_uid}:{nobody.pw_gid}::{folder}/mail::"
    users = [f"{USER}:{{PLAIN}}{PASSWORD}:{owner}"]
    users += [f"{box}@{DOMAIN}:{{PLAIN}}{BOX_PASSWORD}:{owner}" for box in boxes]
    (folder / "users").write_text("\n".join(users) + "\n", encoding="utf-8")
    (folder / "users").chmod(0o644)
    config = folder / "dovecot.conf"
    config.write_text(
        f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{server.certificate}
ssl_key = <{server.folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
first_valid_uid = {nobody.pw_uid}
first_valid_gid = {nobody.pw_gid}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {server.imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth_port}
  }}
}}
""",
        encoding="utf-8",
    )
    return subprocess.Popen(
        ["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _postfix(
    server: MailServer, return_path_host: str, inbound_port: int, lmtp_port: int, auth_port: int
) -> Path:
    folder = server.folder / "postfix"
    for part in ("etc", "queue", "data"):
        (folder / part).mkdir(parents=True)
    account = pwd.getpwnam("postfix")
    os.chown(folder / "data", account.pw_uid, account.pw_gid)
    etc = folder / "etc"
    (etc / "transport").write_text(f"{return_path_host} smtp:[127.0.0.1]:{inbound_port}\n", encoding="utf-8")
    (etc / "main.cf").write_text(
        f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
mail_owner = postfix
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{DOMAIN}
mydestination =
mynetworks =
alias_maps =
alias_database =
virtual_mailbox_domains = {DOMAIN}
relay_domains = {return_path_host}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
transport_maps = texthash:{etc}/transport
default_transport = error:5.4.4 nothing leaves this machine
smtpd_tls_cert_file = {server.certificate}
smtpd_tls_key_file = {server.folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
""",
        encoding="utf-8",
    )
    standard = Path("/usr/share/postfix/master.cf.dist").read_text(encoding="utf-8")
    lines = [line for line in standard.splitlines() if not line.startswith(("smtp      inet", "pickup"))]
    lines += [f"127.0.0.1:{server.smtp_port} inet n - n - - smtpd"]
    # Not in a chroot: the queue folder of this instance has none prepared.
    unchrooted = [_without_chroot(line) for line in lines]
    (etc / "master.cf").write_text("\n".join(unchrooted) + "\n", encoding="utf-8")
    log = (folder / "log").open("wb")
    subprocess.Popen(["postfix", "-c", str(etc), "start-fg"], stdout=log, stderr=log)
    return etc


def _without_chroot(line: str) -> str:
    words = line.split()
    if (
        len(words) >= 8
        and not line.startswith(("#", " "))
        and words[1] in ("unix", "inet", "fifo", "unix-dgram")
    ):
        words[4] = "n"
        return " ".join(words)
    return line
