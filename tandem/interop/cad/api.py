"""The API of feeds: events in, and what is stored of them; OpenAPI at /api/v1/openapi.json."""

from __future__ import annotations

import json
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import HttpBearer

import tandem
from tandem.interop.cad.event import MAX_EVENTS, CadEvent
from tandem.interop.cad.services import FEED, UnknownFeed, feed_of, receive, summary
from tandem.storage.standing import opened, standing_as

MAX_BYTES = 5 * 1024 * 1024
_MOST_DIGITS = 400
_SCHEMA = CadEvent.model_json_schema(ref_template="#/components/schemas/{model}")


class FeedToken(HttpBearer):
    """The token shown once when the feed was made; checked with the events, in one transaction."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """Pass the token on."""
        return token or None


api = NinjaAPI(
    title="Tandem",
    version=tandem.__version__,
    description="What outside systems may send and ask.",
    docs_url=None,
    urls_namespace="api",
)
router = Router(tags=["cad"], auth=FeedToken())


def problem(status: int, title: str, detail: str = "", **more: Any) -> HttpResponse:
    """RFC 9457: what happened, what is safe, what to do next."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    if status == 503:  # noqa: PLR2004
        answer.headers["Retry-After"] = "1"
    if status == 401:  # noqa: PLR2004
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


_NOTHING = "Nothing of this request was stored."


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, wrong: AuthenticationError) -> HttpResponse:
    return problem(401, "Send the feed's token: Authorization: Bearer.", _NOTHING)


@api.exception_handler(ValidationError)
def _not_asked(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    names = sorted({str(error["loc"][-1]) for error in wrong.errors})
    return problem(422, f"Give {', '.join(names)}.", _NOTHING)


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/CadEvent"},
                        {
                            "type": "array",
                            "maxItems": MAX_EVENTS,
                            "items": {"$ref": "#/components/schemas/CadEvent"},
                        },
                    ]
                }
            }
        },
    }
}


def _events_of(request: HttpRequest) -> list[Any] | HttpResponse:
    if request.content_type != "application/json":
        return problem(415, "Send application/json.", _NOTHING)
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return problem(413, "More than 5 MB. Send smaller batches.", _NOTHING)
    body = request.body
    if len(body) > MAX_BYTES:
        return problem(413, "More than 5 MB. Send smaller batches.", _NOTHING)
    try:
        events = json.loads(body, parse_constant=_no_constant, parse_int=_whole)
    except (ValueError, RecursionError):
        return problem(400, "This is not JSON.", _NOTHING)
    if isinstance(events, dict):
        return [events]
    if not isinstance(events, list):
        return problem(422, "Send one event or an array of events.", _NOTHING)
    if len(events) > MAX_EVENTS:
        return problem(413, f"More than {MAX_EVENTS} events. Send smaller batches.", _NOTHING)
    return events


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _whole(digits: str) -> int | float:
    """Beyond what Python reads as a whole number it is a float, which no field of ours takes."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


@router.post("/events", openapi_extra=_BODY, summary="Send events of one feed")
def post_events(request: HttpRequest) -> HttpResponse:
    """One event or up to 1,000; answered after the commit of all that was accepted."""
    events = _events_of(request)
    if isinstance(events, HttpResponse):
        return events
    try:
        results = receive(request.auth, events, at=timezone.now())  # type: ignore[attr-defined]
    except UnknownFeed:
        return problem(401, "No feed has this token.", _NOTHING)
    body = summary(results)
    single = request.body.lstrip()[:1] == b"{"
    if single and body["rejected"]:
        return problem(422, "The event cannot stand.", results[0].reason, **body)
    return JsonResponse(body)


@router.get("/events", summary="What is stored of one external id")
def get_events(request: HttpRequest, external_id: str) -> HttpResponse:
    """The call as it stands and the order of its events; bodies stay sealed."""
    if "\x00" in external_id:
        return problem(422, "No external id holds a NUL character.")
    with standing_as(FEED), opened():
        try:
            feed = feed_of(request.auth)  # type: ignore[attr-defined]
        except UnknownFeed:
            return problem(401, "No feed has this token.")
        with connections["default"].cursor() as cursor:
            cursor.execute(_STORED, [feed.pk, external_id])
            rows = cursor.fetchall()
    calls: dict[str, dict[str, Any]] = {}
    for call_id, state, call_type, priority, place, order, outcome, received in rows:
        call = calls.setdefault(
            str(call_id),
            {
                "incident": str(call_id),
                "status": state,
                "call_type": call_type,
                "priority": priority,
                "place": place,
                "events": [],
            },
        )
        call["events"].append(
            {"order": order, "outcome": outcome, "received_at": received.isoformat()}
        )
    return JsonResponse({"external_id": external_id, "incidents": list(calls.values())})


_STORED = """
SELECT c.id, c.state, c.call_type, c.priority, c.place, e.order_key, e.outcome, e.received_at
FROM calls_cadevent e JOIN calls_call c ON c.id = e.call_id
WHERE e.feed_id = %s AND e.external_id = %s ORDER BY e.order_key
"""
api.add_router("/cad", router)


def openapi() -> dict[str, Any]:
    """The description with the event's schema, which the views read from the raw body."""
    document: dict[str, Any] = api.get_openapi_schema()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    body = dict(_SCHEMA)
    schemas.update(body.pop("$defs", {}))
    schemas["CadEvent"] = body
    return document
