"""Where the site is, as far as the settings tell; apart from the server so that nothing heavy is loaded for it."""

from config.settings import BaseTocsinSettings


def is_local(host: str) -> bool:
    """True for addresses that only this machine reaches."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def site_url(settings: BaseTocsinSettings) -> str:
    """Where a browser finds the site: ``base_url``, else this machine itself."""
    wildcard = settings.listen.host in {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
    if settings.base_url or not wildcard:
        return settings.public_url
    return f"http://127.0.0.1:{settings.listen.port}"
