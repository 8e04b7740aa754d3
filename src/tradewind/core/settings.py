"""Django's settings, all from the environment (see docs/settings.md, which is made from the calls below).

Names of variables begin with TRADEWIND_, except DATABASE_URL, which platforms set. Reading is strict: what
cannot be meant stops the start with a sentence (`env.EnvError`).
"""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from tradewind.core import env, paths, postgres
from tradewind.core.databases import from_url

PACKAGE = paths.PACKAGE
WEB = PACKAGE / "web"

# --- General --------------------------------------------------------------------------------------

DEBUG = env.flag("TRADEWIND_DEBUG", False, "Show tracebacks in the browser. For development only.")
LANGUAGE_CODE = env.text(
    "TRADEWIND_LANGUAGE",
    "en",
    "Language for people who have not chosen one, and of the command line.",
    choices=("en", "zh-hans"),
)
TIME_ZONE = env.text(
    "TRADEWIND_TIME_ZONE",
    "UTC",
    "Time zone for people who have not chosen one (a name like `Asia/Shanghai`).",
)
LOG_LEVEL = env.text(
    "TRADEWIND_LOG_LEVEL",
    "info",
    "The least important lines that are logged.",
    choices=("debug", "info", "warning", "error"),
)
LOG_FORMAT = env.text(
    "TRADEWIND_LOG_FORMAT",
    "auto",
    "How log lines look: for people, as JSON, or by whether the output is a terminal.",
    choices=("auto", "text", "json"),
)
PACE = env.number(
    "TRADEWIND_PACE",
    1.0,
    "Laboratory and tests only: how many seconds of mail time (retries, waits between mails, "
    "ramps) pass in one real second.",
    group="Laboratory",
    least=0.001,
    most=1_000_000,
)

# --- Web ------------------------------------------------------------------------------------------

WEB_HOST = env.text("TRADEWIND_WEB_HOST", "127.0.0.1", "Address that the web server listens on.", group="Web")
WEB_PORT = env.whole(
    "TRADEWIND_WEB_PORT", 8000, "Port that the web server listens on.", group="Web", least=0, most=65535
)
PUBLIC_URL = (
    env.url(
        "TRADEWIND_URL",
        f"http://127.0.0.1:{WEB_PORT}",
        "The address at which people and mail recipients reach this installation; links in mails "
        "begin with it. Use https in production.",
        shown="`http://127.0.0.1:` and the port of the web server",
        schemes=("https", "http"),
        group="Web",
    )
    or ""
).rstrip("/")
WEB_PROXIES = env.words(
    "TRADEWIND_WEB_PROXIES",
    ("127.0.0.1",),
    "Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed.",
    group="Web",
)
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = [
    *env.words(
        "TRADEWIND_ALLOWED_HOSTS",
        (),
        "More host names under which the web server answers, besides that of TRADEWIND_URL and "
        "this machine's own.",
        group="Web",
    ),
    *([_public.hostname] if _public.hostname else []),
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
HTTPS = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "SAMEORIGIN"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "tradewind_session"
CSRF_COOKIE_NAME = "tradewind_csrf"
CSRF_COOKIE_HTTPONLY = False

# Scripts and styles come from our own files or carry the nonce of the request. Inline style *attributes* are
# allowed: they cannot run code, and bars and charts need widths. Pictures of previews may come from any https
# host; the previews themselves are sandboxed frames.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:", "https:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Secrets --------------------------------------------------------------------------------------

SECRET_KEY = env.secret(
    "TRADEWIND_SECRET_KEY",
    "Signs links and cookies and encrypts stored passwords and DKIM keys. Keep a copy apart from "
    "the database: without it, these cannot be read again.",
    group="Secrets",
    least_length=32,
    shown="made at the first start, kept in the data folder as `secret-key`",
) or paths.kept_secret("secret-key")
_old_keys = env.secret(
    "TRADEWIND_OLD_SECRET_KEYS",
    "Former secret keys, separated by commas: still read and verified, no longer used to write.",
    group="Secrets",
)
SECRET_KEY_FALLBACKS = [key.strip() for key in (_old_keys or "").split(",") if key.strip()]

# --- Database and jobs ----------------------------------------------------------------------------

DATABASES = {"default": from_url(postgres.database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # core.apps does it

# --- Mail -----------------------------------------------------------------------------------------

WORKERS = env.whole(
    "TRADEWIND_WORKERS",
    1,
    "How many delivery workers `tradewind run` starts (one per processor core at most).",
    group="Mail",
    least=0,
    most=256,
)
JOB_WORKERS = env.whole(
    "TRADEWIND_JOB_WORKERS",
    2,
    "How many background jobs `tradewind jobs` does at once.",
    group="Mail",
    least=1,
    most=64,
)
DNS_SERVERS = env.words(
    "TRADEWIND_DNS",
    (),
    "DNS servers to ask, as `host` or `host:port`; empty: those of this machine (`/etc/resolv.conf`).",
    group="Mail",
)
TRACKING_SCHEME = env.text(
    "TRADEWIND_TRACKING_SCHEME",
    "https",
    "Scheme of the links in mails, which lead to the tracking host of the sending domain.",
    choices=("https", "http"),
    group="Mail",
)
TRACKING_PORT = env.whole(
    "TRADEWIND_TRACKING_PORT",
    0,
    "Port of the links in mails, when it is not that of the scheme.",
    group="Mail",
    least=0,
    most=65535,
    shown="that of the scheme",
)
TRACKING_URL = env.url(
    "TRADEWIND_TRACKING_URL",
    None,
    "One address for all links in mails, instead of the tracking host of each sending domain.",
    schemes=("https", "http"),
    group="Mail",
    shown="the tracking host of the sending domain",
)
INBOUND_HOST = env.text(
    "TRADEWIND_INBOUND_HOST",
    "127.0.0.1",
    "Address that `tradewind inbound` listens on for bounces and replies.",
    group="Mail",
)
INBOUND_PORT = env.whole(
    "TRADEWIND_INBOUND_PORT",
    2526,
    "Port that `tradewind inbound` listens on (25 when the internet's mail servers shall reach it directly).",
    group="Mail",
    least=0,
    most=65535,
)
MAIL_HOST = env.text(
    "TRADEWIND_MAIL_HOST",
    _public.hostname or "127.0.0.1",
    "Name at which the internet's mail servers reach `tradewind inbound`; the MX of return-path hosts. An IP address is "
    "understood as well: the records to publish then need no name.",
    group="Mail",
    shown="the host of TRADEWIND_URL",
)
SENDING_ADDRESSES = env.words(
    "TRADEWIND_SENDING_ADDRESSES",
    (),
    "IP addresses that mail leaves from when it goes directly to the recipients' servers; they go into the SPF record. Not "
    "needed when they are those of TRADEWIND_MAIL_HOST.",
    group="Mail",
)
PROVIDERS_FILE = env.text(
    "TRADEWIND_PROVIDERS",
    "",
    "A file in the form of `senders/providers.toml` that changes or adds mailbox providers.",
    group="Mail",
    shown="none",
)
SYSTEM_MAIL = env.url(
    "TRADEWIND_SYSTEM_MAIL",
    None,
    "SMTP server for the program's own mails (password reset, alerts), as "
    "`smtp://user:password@host:port` (STARTTLS when offered a password) or `smtps://`. Unset: "
    "they are written to the log.",
    schemes=("smtp", "smtps"),
    group="Mail",
    shown="written to the log",
    secret=True,
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "TRADEWIND_SYSTEM_FROM",
    f"tradewind@{_public.hostname or 'localhost'}",
    "From address of the program's own mails.",
    group="Mail",
    shown="`tradewind@` and the host of TRADEWIND_URL",
)
if SYSTEM_MAIL:
    _mail = urlsplit(SYSTEM_MAIL)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = (
        _mail.hostname or "localhost",
        _mail.port or (465 if _mail.scheme == "smtps" else 587),
    )
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp" and bool(_mail.password)
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# --- Django ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "tradewind.core",
    "tradewind.accounts",
    "tradewind.audience",
    "tradewind.content",
    "tradewind.senders",
    "tradewind.ledger",
    "tradewind.segments",
    "tradewind.outreach",
    "tradewind.delivery",
    "tradewind.signals",
    "tradewind.reputation",
    "tradewind.insights",
    "tradewind.crm",
    "tradewind.web",
    "tradewind.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tradewind.web.statics.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tradewind.web.middleware.viewer",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tradewind.web.middleware.htmx_messages",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "tradewind.web.urls"
ASGI_APPLICATION = "tradewind.web.asgi.application"
CSRF_FAILURE_VIEW = "tradewind.web.errors.stale_form"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates", *sorted(WEB.glob("*/templates"))],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "tradewind.web.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "tradewind.web.accounts.adapter.MfaAdapter"
MFA_TOTP_ISSUER = "Tradewind"
MFA_TOTP_TOLERANCE = 1  # one code early or late: phones' clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

USE_I18N = USE_TZ = True
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "cli" / "locale", WEB / "locale", *sorted(WEB.glob("*/locale"))]

STATIC_URL = "/static/"
STATIC_ROOT = None
STATICFILES_DIRS = [WEB / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The bundler has put a hash into every name and compressed copies beside the files: they are served from
# where they are, for ever; there is nothing to collect.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = paths.DATA / "files"
MEDIA_URL = "/files/"

# structlog is set up by core.logs when the apps are ready; Django's own default would write in another shape.
LOGGING_CONFIG = None
