"""The server of `castmap review`: one film's page, on this machine only, and what is said on it.

Other pages in the same browser, and other programs' users, must not reach it: it listens on the
loopback address; the address it prints works once and is exchanged for a cookie; every request must
name this server as its host, and what changes something must come from its own page.
"""

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aiohttp import web

from workflow_scripts.formats.corrections import CorrectionError, add_rows
from workflow_scripts.stagekit.files import replacing

_HOSTS = ("127.0.0.1", "localhost")
LARGEST_BODY = 1 << 20  # bytes: some thousand corrections
_COOKIE = "castmap_review"
_CSV = "text/csv"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Review:
    """What is reviewed, and by whom.

    Attributes:
        movie: the film's name.
        film: its file; what is played.
        pages: the folder of pages.
        exports: the film's folder of exports.
        corrections: the file that is added to.
        apply: makes the page anew; returns what went wrong, or nothing.
    """

    movie: str
    film: Path
    pages: Path
    exports: Path
    corrections: Path
    apply: Callable[[], Awaitable[str]]
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


REVIEW = web.AppKey("review", Review)


async def serve(review: Review, port: int, opened: Callable[[str], None]) -> None:
    """Serve until cancelled.

    Args:
        review: what is reviewed.
        port: to listen on; 0 for a free one.
        opened: is told the address, which works once.
    """
    runner = web.AppRunner(create_app(review), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    opened(f"http://127.0.0.1:{runner.addresses[0][1]}/?token={review.token}")
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def create_app(review: Review) -> web.Application:
    """The server's routes, behind its guard."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_guard])
    app[REVIEW] = review
    app.router.add_get("/", _enter)
    app.router.add_get("/film", _film)
    app.router.add_get("/report/{name}", _page)
    app.router.add_get(f"/exports/{review.movie}/{{name}}", _export)
    app.router.add_post("/corrections", _correct)
    app.router.add_post("/apply", _apply)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Callable) -> web.StreamResponse:
    try:
        _check(request)
        response = await handler(request)
    except web.HTTPRequestEntityTooLarge:
        response = _refuse(413, f"more than {LARGEST_BODY} bytes were sent; save more often")
    except web.HTTPSeeOther as error:
        error.headers.update(_HEADERS)
        raise
    except web.HTTPException as error:
        response = _refuse(error.status, error.reason)
    response.headers.update(_HEADERS)
    return response


def _check(request: web.Request) -> None:
    """Raise if a request does not come from the page that was opened with the token."""
    host, _, port = request.host.partition(":")
    if host not in _HOSTS or port != str(request.transport.get_extra_info("sockname")[1]):
        raise web.HTTPForbidden(reason="this server answers on this machine only")
    if request.path == "/":
        return
    cookie = request.cookies.get(_COOKIE, "")
    if not hmac.compare_digest(cookie.encode(), request.app[REVIEW].cookie.encode()):
        raise web.HTTPForbidden(reason="open the address that castmap review printed")
    if request.method == "POST":
        if request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(reason="corrections are taken from the film's own page only")
        if request.content_type != _CSV:
            raise web.HTTPUnsupportedMediaType(reason=f"corrections are {_CSV}")


async def _enter(request: web.Request) -> NoReturn:
    """Exchange the token, once, for a cookie."""
    review = request.app[REVIEW]
    given = request.query.get("token", "")
    if review.token is None or not hmac.compare_digest(given.encode(), review.token.encode()):
        raise web.HTTPForbidden(
            reason="this address was used already, or is not the one that castmap review printed; "
            "start castmap review again for a new one"
        )
    review.token = None
    page = web.HTTPSeeOther(f"/report/{review.movie}.html")
    page.set_cookie(_COOKIE, review.cookie, httponly=True, samesite="Strict")
    raise page


async def _film(request: web.Request) -> web.StreamResponse:
    film = request.app[REVIEW].film
    if not film.is_file():
        raise web.HTTPNotFound(reason=f"{film.name} is not there")
    return web.FileResponse(film)


async def _page(request: web.Request) -> web.StreamResponse:
    return _file(request.app[REVIEW].pages, request.match_info["name"], ".html")


async def _export(request: web.Request) -> web.StreamResponse:
    return _file(request.app[REVIEW].exports, request.match_info["name"])


def _file(folder: Path, name: str, suffix: str = "") -> web.StreamResponse:
    """A file that lies in a folder; a name that leads elsewhere is none of its files."""
    names = [path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
    if name not in names or not name.endswith(suffix):
        raise web.HTTPNotFound(reason="there is no such file")
    return web.FileResponse(folder / name)


async def _correct(request: web.Request) -> web.Response:
    review = request.app[REVIEW]
    body = await request.read()
    async with review.busy:
        path = review.corrections
        content = path.read_bytes() if path.exists() else b""
        try:
            added = add_rows(content, body.decode("utf-8"))
        except CorrectionError as error:
            return _refuse(409, str(error))
        except UnicodeDecodeError:
            return _refuse(400, "corrections must be UTF-8 text")
        with replacing(path) as partial:
            partial.write_bytes(added)
    return web.Response(text="saved")


async def _apply(request: web.Request) -> web.Response:
    review = request.app[REVIEW]
    async with review.busy:
        fault = await review.apply()
    return _refuse(500, fault) if fault else web.Response(text="applied")


def _refuse(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=why)
