"""Let a person into Django's admin for as long as the site is up."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.contrib.staticfiles.views import serve
from django.core.management import call_command

if TYPE_CHECKING:
    from django.http import FileResponse, HttpRequest, HttpResponse

__all__ = ("Application", "Login", "make_login")


class Application(StaticFilesHandler):
    """The site together with the style sheets of the admin, which a web server serves elsewhere."""

    def serve(self, request: HttpRequest) -> HttpResponse | FileResponse:
        """Return a file."""
        return serve(request, self.file_path(request.path), insecure=True)


class Login(NamedTuple):
    """What a person types to get in."""

    name: str
    password: str


def make_login() -> Login:
    """Make the site's database, with one user whose password nobody knows yet."""
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    login = Login("demo", secrets.token_urlsafe(6))
    User.objects.create_superuser(login.name, password=login.password)
    return login
