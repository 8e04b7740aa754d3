"""What a User-Agent header claims to be. Small on purpose: three questions, no database of devices."""

import re

_BROWSER = re.compile(r"Mozilla/5\.0 \([^)]{3,200}\).{0,200}?(?:Chrome|Firefox|Safari|Edg|OPR|Gecko)/[0-9]")
_MAIL_PROGRAM = re.compile(
    r"Thunderbird/|Outlook|Microsoft Office/|MSOffice|Trident/7|AppleWebKit/|iPhone|iPad|Android|Mail/|"
    r"Lotus-Notes|Foxmail|QQMail|Spark/"
)
_VERSION = re.compile(r"(Chrome|Firefox|MSIE|Edge)[/ ]([0-9]{1,4})")
_OLDEST = {"Chrome": 90, "Firefox": 78, "MSIE": 11, "Edge": 18}


def is_browser(agent: str) -> bool:
    """It has the shape that the agents of browsers have."""
    return _BROWSER.match(agent[:500]) is not None


def is_mail_program(agent: str) -> bool:
    """A program in which people read mail loads pictures with its own agent."""
    return _MAIL_PROGRAM.search(agent[:500]) is not None


def old_browser(agent: str) -> str:
    """The browser and version that an agent claims if hardly anybody uses it any more ("Chrome 57"), else an empty string."""
    found = _VERSION.search(agent[:500])
    if found is None or "Trident/7" in agent or "Microsoft Office" in agent or "Outlook" in agent:
        return ""
    name, version = found.group(1), int(found.group(2))
    return f"{name} {version}" if version < _OLDEST[name] else ""
