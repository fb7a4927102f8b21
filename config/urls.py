"""Every address of the product; each package owns its own."""

from django.urls import URLPattern, URLResolver, include, path

handler404 = "tandem.identity.refusals.not_found"
handler500 = "tandem.identity.refusals.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tandem.identity.urls")),
    path("", include("tandem.board.urls")),
    path("api/v1/", include("tandem.interop.cad.urls")),
]
