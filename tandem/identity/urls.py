"""Addresses of sign-in."""

from django.urls import path

from tandem.identity import views

app_name = "identity"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.code, name="code"),
    path("sign-in/enroll/", views.enroll, name="enroll"),
    path("sign-in/agency/", views.agency, name="agency"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("preferences/", views.preferences, name="preferences"),
]
