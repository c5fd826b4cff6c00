"""What a caller is told when something can't be done: JSON for programs, a readable page for people."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from incident.domain.errors import BadInput, Conflict, NotAllowed, NotFound, TocsinError, Unavailable
from incident.domain.said import said
from incident.web.bounded import TooLarge, TooSlow
from incident.web.error_words import in_words
from incident.web.gate import NotSignedIn, anyone, stranger
from incident.web.templating import page

_STATUS: tuple[tuple[type[TocsinError], int], ...] = (
    (NotSignedIn, 401),
    (TooLarge, 413),
    (TooSlow, 408),
    (BadInput, 422),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
)
_FOR_PROGRAMS = ("/api/", "/metrics", "/healthz", "/readyz", "/ping/", "/slack/")


def add_handlers(app: FastAPI) -> None:
    """Let every error end in one clear sentence with a remedy."""
    app.add_exception_handler(TocsinError, _tocsin_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


_REMEDIES = {
    401: "send Authorization: Bearer TOKEN (tocsin token create)",
    403: "make one with the role intake: tocsin token create",
    404: "check the address",
    405: "use another method",
}
"""What to do about the statuses that the framework and the intake's doors answer with."""
_DETAILS = {
    "Not Found": said("there is nothing here"),
    "Method Not Allowed": said("nothing can be done here in this way"),
}
"""What the framework says by itself, in our words."""
_SIGNING = "check slack.signing_secret in tocsin.yaml, and this machine's clock"


def status_of(error: TocsinError) -> int:
    """The HTTP status that says the same."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def _tocsin_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TocsinError)  # noqa: S101 - registered for this type alone
    status = status_of(error)
    headers = {"Retry-After": "5"} if status == 503 else {}
    faults = error.faults if isinstance(error, BadInput) and len(error.faults) > 1 else ()
    return _answer(request, status, error.message, error.remedy or "", headers, faults)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    slack = error.status_code == 401 and request.url.path.startswith("/slack/")
    remedy = _SIGNING if slack else _REMEDIES.get(error.status_code, "")
    message = _DETAILS.get(str(error.detail), str(error.detail))
    return _answer(request, error.status_code, message, remedy, error.headers or {})


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    faults = tuple(f"{'.'.join(str(part) for part in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors())
    return _answer(request, 422, faults[0] if faults else "not valid", "see /api/openapi.json", {}, faults)


def _unexpected(_request: Request, _error: Exception) -> Response:
    """The server's log has the traceback; the caller gets none of it."""
    return PlainTextResponse(
        "Something went wrong here; it has been logged. / 系统出错，已记入日志。\n",
        500,
        headers={"x-content-type-options": "nosniff", "cache-control": "no-store"},
    )


def _answer(
    request: Request,
    status: int,
    message: str,
    remedy: str,
    headers: Mapping[str, str],
    faults: tuple[str, ...] = (),
) -> Response:
    if request.url.path.startswith(_FOR_PROGRAMS):
        body: dict[str, object] = {"message": message, "remedy": remedy}
        if faults:
            body["faults"] = list(faults)
        extra = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return JSONResponse({"error": body}, status, headers={**extra, **headers})
    reader = stranger(request) if status == 503 else anyone(request)
    response = page(
        request, "error.html", reader, status=status, code=status, message=in_words(message, reader.translate),
        remedy=in_words(remedy, reader.translate), faults=[in_words(one, reader.translate) for one in faults],
    )  # fmt: skip
    response.headers.update(headers)
    return response
