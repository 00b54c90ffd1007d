"""The review server: whom it answers, what it serves, and what it writes."""

import asyncio
import http.client
import threading

import pytest
from aiohttp import web

from workflow_scripts.command.review_server import LARGEST_BODY, Review, create_app
from workflow_scripts.formats.corrections import HEADER, read_journal

ROW = "1,2026-01-31T12:00:00Z,not_a_face,1.5,0.25,0.25,0.5,0.75,,,,,,,\n"
FILM = bytes(range(256)) * 40


class Served:
    """A running server and a client that sends whatever it is told."""

    def __init__(self, review):
        self.review = review
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.runner = web.AppRunner(create_app(review), access_log=None)
        self.wait_for(self.runner.setup())
        self.wait_for(self.start())
        self.port = self.runner.addresses[0][1]
        self.cookie = None

    async def start(self):
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()

    def wait_for(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, **headers):
        """Status, headers and text of an answer; headers of None are not sent."""
        sent = {"Cookie": self.cookie, "Origin": self.origin, "Content-Type": "text/csv"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def enter(self):
        status, headers, _ = self.ask("GET", f"/?token={self.review.token}")
        self.cookie = headers["Set-Cookie"].split(";")[0]
        return status, headers

    def close(self):
        self.wait_for(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@pytest.fixture
def served(tmp_path):
    applied = []

    async def apply():
        applied.append(True)
        return "it broke" if len(applied) > 1 else ""

    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "heat.html").write_text("<h1>Heat</h1>")
    (tmp_path / "report" / "away.html").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "report" / "notes.txt").write_text("notes")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "cast_map.csv").write_text("character\n")
    (tmp_path / "heat.mp4").write_bytes(FILM)
    review = Review(
        *("heat", tmp_path / "heat.mp4", tmp_path / "report", tmp_path / "exports"),
        *(tmp_path / "corrections" / "heat.csv", apply),
    )
    server = Served(review)
    server.applied = applied
    yield server
    server.close()


def test_the_token_works_once_and_its_cookie_opens_the_page(served):
    token = served.review.token
    status, headers = served.enter()
    assert (status, headers["Location"]) == (303, "/report/heat.html")
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
    status, headers, page = served.ask("GET", "/report/heat.html")
    assert (status, page) == (200, b"<h1>Heat</h1>")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "Access-Control-Allow-Origin" not in headers
    status, _, why = served.ask("GET", f"/?token={token}", Cookie=None)
    assert status == 403 and b"was used already" in why


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/report/heat.html"), ("GET", "/film"), ("POST", "/corrections"), ("POST", "/apply")],
)
@pytest.mark.parametrize("cookie", [None, "castmap_review=", "castmap_review=guess", "other=1"])
def test_without_the_cookie_nothing_is_answered(served, method, path, cookie):
    served.enter()
    status, _, why = served.ask(method, path, ROW if method == "POST" else None, Cookie=cookie)
    assert status == 403 and b"open the address" in why
    assert not served.review.corrections.exists() and not served.applied


def test_a_wrong_token_is_refused_and_does_not_use_up_the_right_one(served):
    assert served.ask("GET", "/?token=guess")[0] == 403
    assert served.ask("GET", "/")[0] == 403
    assert served.enter()[0] == 303


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1", ""])
@pytest.mark.parametrize("path", ["/corrections", "/apply"])
def test_foreign_pages_change_nothing(served, origin, path):
    served.enter()
    status, _, why = served.ask("POST", path, ROW, Origin=origin)
    assert status == 403 and b"own page only" in why
    assert not served.review.corrections.exists() and not served.applied


def test_another_name_for_this_machine_is_refused(served):
    served.enter()
    for host in (f"evil.example:{served.port}", "127.0.0.1", "127.0.0.1:1", "[::1]:80"):
        assert served.ask("GET", "/report/heat.html", Host=host)[0] == 403
    assert served.ask("GET", "/report/heat.html", Host=f"localhost:{served.port}")[0] == 200


def test_too_much_and_the_wrong_kind_are_refused(served):
    served.enter()
    status, _, why = served.ask("POST", "/corrections", ROW * (LARGEST_BODY // len(ROW) + 2))
    assert status == 413 and str(LARGEST_BODY).encode() in why
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        assert served.ask("POST", "/corrections", ROW, Content_Type=kind)[0] == 415
    assert not served.review.corrections.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/report/../secret.txt", "/report/..%2fsecret.txt", "/report/%2e%2e%2fsecret.txt",
        "/report/away.html", "/report/notes.txt", "/report/", "/report/nothing.html",
        "/report/heat.html%00.html", "/exports/heat/../../secret.txt", "/exports/other/x",
        "/secret.txt", "/report/....//secret.txt", "//secret.txt", "/exports/heat/%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(served, path):
    served.enter()
    status, _, content = served.ask("GET", path)
    assert status in (403, 404)
    assert b"secret" not in content


def test_pages_exports_and_parts_of_the_film_are_served(served):
    served.enter()
    assert served.ask("GET", "/exports/heat/cast_map.csv")[2] == b"character\n"
    assert served.ask("GET", "/film")[2] == FILM
    status, headers, part = served.ask("GET", "/film", Range="bytes=100-199")
    assert (status, part) == (206, FILM[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"


def test_corrections_are_added_and_what_stood_there_stays(served):
    served.enter()
    assert served.ask("POST", "/corrections", ROW)[0] == 200
    path = served.review.corrections
    assert path.read_text() == f"{HEADER}\n{ROW}"
    path.write_text(path.read_text() + "a line that somebody mistyped\n")
    assert served.ask("POST", "/corrections", "2" + ROW[1:])[0] == 200
    assert path.read_text() == f"{HEADER}\n{ROW}a line that somebody mistyped\n2{ROW[1:]}"
    assert len(read_journal(path.read_bytes()).corrections) == 2
    assert not list(path.parent.glob("*.partial*"))


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (ROW.replace("not_a_face", "delete"), 409, "line 3: action is 'delete'"),
        (ROW, 409, "load it again"),
        ("", 409, "there is no correction"),
        (HEADER, 409, "action is 'action'"),
        ("<script>alert(1)</script>", 409, "line 3: has 1 cells"),
        (b"\xff\xff", 400, "UTF-8"),
        ("2" + ROW[1:].replace("0.75", "1e999"), 409, "y2 is '1e999'"),
    ],
)
def test_illegal_corrections_are_refused_and_the_file_stays(served, body, status, why):
    served.enter()
    served.ask("POST", "/corrections", ROW)
    before = served.review.corrections.read_bytes()
    found, headers, text = served.ask("POST", "/corrections", body)
    assert found == status
    assert why in text.decode()
    assert headers["Content-Type"].startswith("text/plain")
    assert served.review.corrections.read_bytes() == before


def test_a_file_that_is_none_of_corrections_is_not_touched(served):
    served.enter()
    served.review.corrections.parent.mkdir()
    served.review.corrections.write_text("my notes\n")
    status, _, why = served.ask("POST", "/corrections", ROW)
    assert status == 409 and b"cannot be added to: line 1 must be" in why
    assert served.review.corrections.read_text() == "my notes\n"


def test_applying_says_what_went_wrong(served):
    served.enter()
    assert served.ask("POST", "/apply", "")[0] == 200
    status, _, why = served.ask("POST", "/apply", "")
    assert (status, why) == (500, b"it broke")
