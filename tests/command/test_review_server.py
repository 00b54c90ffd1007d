"""The review server: whom it answers, what it serves, and what it writes."""

import asyncio
import http.client
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import quote

import pytest

from castmap.command.review_server import (
    LARGEST_BODY,
    Review,
    open_port,
    save,
    serving,
)
from castmap.console import InputError
from castmap.formats.corrections import HEADER, read_journal

ROW = "1,2026-01-31T12:00:00Z,not_a_face,1.5,0.25,0.25,0.5,0.75,,,,,,,\n"
NAME = "2,2026-01-31T12:00:00Z,name,1.5,0.25,0.25,0.5,0.75,,,,,,NAME,\n"
FILM = bytes(range(256)) * 40


class Served:
    """A running server and a client that sends whatever it is told."""

    def __init__(self, review):
        self.review = review
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.running = serving(review, open_port(0))
        self.port = self.wait_for(self.running.__aenter__())
        self.cookie = None

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
        self.wait_for(self.running.__aexit__(None, None, None))
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
        "heat",
        tmp_path / "heat.mp4",
        tmp_path / "report",
        tmp_path / "exports",
        tmp_path / "corrections" / "heat.csv",
        apply,
        patience_s=1,
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
        ("2" + ROW[1:].replace("1.5", "1e300"), 409, "heat.csv: line 3: time_s is '1e300'"),
        ("2" + ROW[1:].replace("-01-", "-99-"), 409, "heat.csv: line 3: made_at is '2026-99-31T"),
        (NAME.replace("NAME", "a\u202eb").encode(), 409, "heat.csv: line 3: name holds '\\u202e'"),
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


def closed_within(connection, seconds):
    """Whether the server closes a connection in this time; what it says before is thrown away."""
    connection.settimeout(seconds)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("sent", ["", "GET /report/heat.html HT", "GET / HTTP/1.1\r\nHost: a\r\n"])
def test_a_connection_that_asks_for_nothing_is_closed(served, sent):
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(sent.encode())
        assert closed_within(connection, 5)


def test_a_connection_is_kept_between_requests_but_not_for_ever(served):
    served.enter()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    for _ in range(6):  # longer than a silent one is kept
        connection.request("GET", "/report/heat.html", headers={"Cookie": served.cookie})
        assert connection.getresponse().read() == b"<h1>Heat</h1>"
        time.sleep(0.3)
    assert closed_within(connection.sock, 5)
    connection.close()


def test_who_stops_within_a_request_is_told_so_and_saves_nothing(served):
    served.enter()
    head = f"POST /corrections HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    head += f"Origin: {served.origin}\r\nCookie: {served.cookie}\r\nContent-Type: text/csv\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(f"{head}Content-Length: {len(ROW)}\r\n\r\n{ROW[:-9]}".encode())
        connection.settimeout(5)
        answer = connection.recv(4096)
    assert b" 408 " in answer and b"were not sent within 1 s" in answer
    assert not served.review.corrections.exists()


def test_who_is_slow_to_read_a_film_gets_all_of_it(served):
    served.enter()
    film = random.Random(1).randbytes(1 << 23)
    served.review.film.write_bytes(film)
    ask = f"GET /film HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {served.cookie}\r\n\r\n"
    got = b""
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(ask.encode())
        time.sleep(2.5)
        connection.settimeout(5)
        while not got.endswith(film[-1000:]) or len(got) < len(film):
            got += connection.recv(1 << 20)
    assert got.partition(b"\r\n\r\n")[2] == film


def test_a_long_file_keeps_nobody_waiting(served):
    served.enter()
    rows = "".join(f"{n}{ROW[1:]}" for n in range(1, 8001))
    served.review.corrections.parent.mkdir()
    served.review.corrections.write_text(f"{HEADER}\n{rows}")
    saving = threading.Thread(
        target=served.ask, args=("POST", "/corrections", f"8001{ROW[1:]}"), daemon=True
    )
    saving.start()
    longest = 0.0
    while saving.is_alive():
        start = time.perf_counter()
        assert served.ask("GET", "/report/heat.html")[0] == 200
        longest = max(longest, time.perf_counter() - start)
    assert longest < 2
    assert read_journal(served.review.corrections.read_bytes()).last_operation == 8001


PROCESS = """
import asyncio, resource, sys
from pathlib import Path
from castmap.command.review_server import Review, open_port, serve

async def nothing():
    return ""

folder, largest = Path(sys.argv[1]), int(sys.argv[2])
if largest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
paths = ("heat.mp4", "report", "exports", "corrections/heat.csv")
review = Review("heat", *(folder / path for path in paths), nothing, cookie="known")
asyncio.run(serve(review, open_port(0), lambda address: print(address, flush=True)))
"""


class Another:
    """A server in a process of its own."""

    def __init__(self, folder, largest_file=0):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(folder), str(largest_file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])

    def save(self, rows):
        """The status and the sentence that come back; None if nothing does."""
        headers = {"Cookie": "castmap_review=known", "Content-Type": "text/csv"}
        headers["Origin"] = f"http://127.0.0.1:{self.port}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/corrections", rows, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        self.process.stdout.close()


def numbers(folder):
    journal = read_journal((folder / "corrections" / "heat.csv").read_bytes())
    assert journal.faults == []
    return [row.operation for row in journal.corrections]


def test_two_servers_of_one_film_lose_no_save_to_each_other(tmp_path):
    servers = [Another(tmp_path), Another(tmp_path)]
    saved = []
    together = threading.Barrier(2)

    def rounds(server, offset):
        for n in range(60):
            together.wait(20)
            number = 2 * n + offset
            status, said = server.save(f"{number}{ROW[1:]}")
            assert status == 200 or "load it again" in said
            if status == 200:
                saved.append(number)

    threads = [
        threading.Thread(target=rounds, args=(server, 1 + i)) for i, server in enumerate(servers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for server in servers:
        server.kill()
    assert len(saved) >= 60
    assert numbers(tmp_path) == sorted(saved)


def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path):
    folder = tmp_path / "corrections"
    folder.mkdir()
    rows = "".join(f"{n}{ROW[1:]}" for n in range(1, 2001))  # so that saving takes a while
    (folder / "heat.csv").write_text(f"{HEADER}\n{rows}")
    rng, acknowledged = random.Random(1), 2000
    for _ in range(5):
        server = Another(tmp_path)
        first = acknowledged
        while (answer := server.save(f"{acknowledged + 1}{ROW[1:]}")) is not None:
            assert answer == (200, "saved")
            acknowledged += 1
            if acknowledged == first + 2:
                threading.Timer(rng.uniform(0, 0.2), server.kill).start()
        server.process.wait(20)
        found = numbers(tmp_path)
        assert found == list(range(1, found[-1] + 1))
        assert found[-1] - acknowledged in (0, 1)  # what it wrote and could no longer say
        acknowledged = found[-1]
    assert acknowledged >= 2010
    assert save(folder / "heat.csv", f"{acknowledged + 1}{ROW[1:]}".encode()) == (200, "saved")
    assert not list(folder.glob(".*partial*"))


def test_a_full_disk_is_said_and_the_file_stays(tmp_path):
    server = Another(tmp_path, largest_file=1000)
    number, answer = 0, (200, "saved")
    while answer == (200, "saved"):
        number += 1
        answer = server.save(f"{number}{ROW[1:]}")
    server.kill()
    assert answer[0] == 507
    assert "heat.csv cannot be written (File too large); nothing was saved" in answer[1]
    assert numbers(tmp_path) == list(range(1, number))


@pytest.mark.parametrize("port", [-1, 80, 1023, 65536, 70000])
def test_ports_that_are_none_are_refused(port):
    with pytest.raises(InputError, match=rf"--port is {port}, but must be 1024 to 65535, or 0"):
        open_port(port)


def test_a_taken_port_is_refused_in_a_sentence():
    with open_port(0) as taken, pytest.raises(InputError, match=r"cannot be had \(Address already"):
        open_port(taken.getsockname()[1])


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


def test_a_film_of_any_name_has_its_page_and_exports(tmp_path):
    movie = "東京物語_é"
    for folder in ("report", "exports"):
        (tmp_path / folder).mkdir()
    (tmp_path / "report" / f"{movie}.html").write_text("page")
    (tmp_path / "exports" / "cast_map.csv").write_text("table")
    film = tmp_path / "odd\nname \udcff.mp4"
    review = Review(
        movie, film, tmp_path / "report", tmp_path / "exports", tmp_path / "c.csv", None
    )
    server = Served(review)
    try:
        status, headers = server.enter()
        assert (status, headers["Location"]) == (303, f"/report/{quote(movie)}.html")
        assert server.ask("GET", headers["Location"])[::2] == (200, b"page")
        assert server.ask("GET", f"/exports/{quote(movie)}/cast_map.csv")[::2] == (200, b"table")
        assert server.ask("GET", "/exports/other/cast_map.csv")[0] == 404
        status, _, why = server.ask("GET", "/film")
        assert (status, why.decode()) == (404, "odd name \ufffd.mp4 is not there")
    finally:
        server.close()
