"""Addresses of the API, open to tokens instead of sessions."""

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path

from tandem.identity.middleware import public
from tandem.interop.cad.api import api, openapi


@public
def openapi_json(request: HttpRequest) -> JsonResponse:
    """OpenAPI 3.1."""
    return JsonResponse(openapi())


_patterns, _app, _namespace = api.urls
for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        public(_pattern.callback)

urlpatterns = [
    path("openapi.json", openapi_json, name="openapi"),
    path("", (_patterns, _app, _namespace)),
]
