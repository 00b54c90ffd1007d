"""The server of `castmap review`: one film's page, on this machine only, and what is said on it.

Other pages in the same browser, and other programs' users, must not reach it: it listens on the
loopback address; the address it prints works once and is exchanged for a cookie; every request must
name this server as its host, and what changes something must come from its own page.

What was acknowledged is on the disk, also when several servers of one film save at a time.
"""

import asyncio
import contextlib
import hmac
import logging
import math
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from filelock import Timeout

from castmap.console import InputError
from castmap.corrections.saving import LOCK_S, add_to_journal
from castmap.formats.corrections import CorrectionError
from castmap.formats.names import one_line

logger = logging.getLogger(__name__)

_HOSTS = ("127.0.0.1", "localhost")
LARGEST_BODY = 1 << 20  # bytes: some thousand corrections
_COOKIE = "castmap_review"
_CSV = "text/csv"
_PORTS = range(1024, 1 << 16)  # the ones below are an administrator's
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
        apply: makes the page again; returns what went wrong, or nothing.
        patience_s: how long a connection may be silent, and a request incomplete.
    """

    movie: str
    film: Path
    pages: Path
    exports: Path
    corrections: Path
    apply: Callable[[], Awaitable[str]]
    patience_s: float = 30
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


REVIEW = web.AppKey("review", Review)
_HEARD = web.AppKey("heard", dict)  # when each connection was last answered; infinity: just now


def open_port(port: int) -> socket.socket:
    """Take a port of this machine, so that nothing else does.

    Args:
        port: 0 for a free one.

    Raises:
        InputError: it cannot be had.
    """
    if port and port not in _PORTS:
        raise InputError(
            f"--port is {port}, but must be {_PORTS.start} to {_PORTS.stop - 1}, "
            "or 0 for a free one"
        )
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
        taken.listen()
    except OSError as error:
        taken.close()
        raise InputError(
            f"port {port} cannot be had ({error.strerror}); name another one with --port, or leave "
            "it out for a free one"
        ) from error
    return taken


async def serve(review: Review, taken: socket.socket, opened: Callable[[str], None]) -> None:
    """Serve until cancelled.

    Args:
        review: what is reviewed.
        taken: where to listen; see open_port.
        opened: called with the address, which works once.
    """
    async with serving(review, taken) as port:
        opened(f"http://127.0.0.1:{port}/?token={review.token}")
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def serving(review: Review, taken: socket.socket) -> AsyncIterator[int]:
    """A server that runs as long as the block; gives its port."""
    runner = web.AppRunner(create_app(review), access_log=None)
    await runner.setup()
    await web.SockSite(runner, taken).start()
    sweeper = asyncio.create_task(_close_silent(runner, review))
    try:
        yield taken.getsockname()[1]
    finally:
        sweeper.cancel()
        await runner.cleanup()


async def _close_silent(runner: web.AppRunner, review: Review) -> None:
    """Close connections on which nothing was asked for too long.

    aiohttp waits indefinitely for the first request of a connection, and for the rest of its head.
    """
    heard = runner.app[_HEARD]
    while True:
        await asyncio.sleep(review.patience_s / 4)
        now = asyncio.get_running_loop().time()
        there = runner.server.connections if runner.server else []
        for connection in there:
            if now - heard.setdefault(connection, now) >= review.patience_s:
                connection.force_close()
        for connection in heard.keys() - there:
            del heard[connection]


def create_app(review: Review) -> web.Application:
    """The server's routes, behind its guard."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_guard])
    app[REVIEW] = review
    app[_HEARD] = {}
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", _enter)
    app.router.add_get("/film", _film)
    app.router.add_get("/report/{name}", _page)
    # Not the film's name itself: a route with letters of other scripts is never matched.
    app.router.add_get("/exports/{movie}/{name}", _export)
    app.router.add_post("/corrections", _correct)
    app.router.add_post("/apply", _apply)
    return app


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


@contextlib.contextmanager
def _answering(request: web.Request) -> Iterator[None]:
    """Note that a connection is not silent."""
    heard = request.app[_HEARD]
    heard[request.protocol] = math.inf
    try:
        yield
    finally:
        heard[request.protocol] = asyncio.get_running_loop().time()


@web.middleware
async def _guard(request: web.Request, handler: Callable) -> web.StreamResponse:
    try:
        with _answering(request):
            _check(request)
            return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _refuse(413, f"more than {LARGEST_BODY} bytes were sent; save more often")
    except web.HTTPSeeOther:
        raise
    except web.HTTPException as error:
        return _refuse(error.status, error.reason)
    except Exception:
        logger.exception("%s %s", request.method, request.path)
        return _refuse(500, "castmap review met a fault of its own; the terminal says which")


def _check(request: web.Request) -> None:
    """Raise if a request does not come from the page that was opened with the token."""
    host, _, port = request.host.partition(":")
    own = request.transport.get_extra_info("sockname")[1] if request.transport else None
    if host not in _HOSTS or port != str(own):
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
        raise web.HTTPNotFound(reason=f"{one_line(film.name)} is not there")
    return _File(film)


async def _page(request: web.Request) -> web.StreamResponse:
    return _file(request.app[REVIEW].pages, request.match_info["name"], ".html")


async def _export(request: web.Request) -> web.StreamResponse:
    review = request.app[REVIEW]
    if request.match_info["movie"] != review.movie:
        raise web.HTTPNotFound(reason="there is no such file")
    return _file(review.exports, request.match_info["name"])


def _file(folder: Path, name: str, suffix: str = "") -> web.StreamResponse:
    """A file that lies in a folder; a name that leads elsewhere is none of its files."""
    names = [path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
    if name not in names or not name.endswith(suffix):
        raise web.HTTPNotFound(reason="there is no such file")
    return _File(folder / name)


class _File(web.FileResponse):
    """A file; sending it takes as long as the reader takes."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        assert isinstance(request, web.Request)  # those of an application are
        with _answering(request):
            return await super().prepare(request)


async def _correct(request: web.Request) -> web.Response:
    review = request.app[REVIEW]
    try:
        async with asyncio.timeout(review.patience_s):
            body = await request.read()
    except TimeoutError:
        return _refuse(408, f"the corrections were not sent within {review.patience_s:g} s")
    status, said = await asyncio.to_thread(save, review.corrections, body)
    return web.Response(text=said) if status == 200 else _refuse(status, said)


def save(path: Path, body: bytes) -> tuple[int, str]:
    """Add rows to a file of corrections; when it returns they are on the disk.

    Args:
        path: of the file; its folder is made.
        body: the rows.

    Returns:
        The HTTP status, and a sentence.
    """
    try:
        rows = body.decode("utf-8")
        add_to_journal(path, lambda _: rows)
    except CorrectionError as error:
        return 409, f"{path}: {error}"
    except UnicodeDecodeError:
        return 400, "corrections must be UTF-8 text"
    except Timeout:
        return 503, f"another castmap review has been saving {path} for {LOCK_S} s; save again"
    except OSError as error:
        return 507, (
            f"{path} cannot be written ({error.strerror or error}); nothing was saved, what you "
            "said is still on this page: save again, or download it"
        )
    return 200, "saved"


async def _apply(request: web.Request) -> web.Response:
    review = request.app[REVIEW]
    async with review.busy:
        fault = await review.apply()
    return _refuse(500, fault) if fault else web.Response(text="applied")


def _refuse(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=why)
