"""How many actions it takes to correct a film on its page, and what is in the way of them.

A walk with mouse and keys: six people are named, two characters merged, one appearance is made
somebody new, three are said to be no faces, five questions answered, the last two corrections
taken back, and the file of corrections saved. An action is a click, a key, or a name with Enter;
so is each answer to what the page asks before it goes on. A page that holds fewer people or
questions gets as many as there are. After each action it is looked whether a control is covered or
outside the window; on a phone, which is scrolled, controls outside are no fault. The page's own
thread is timed without that. That a page's film is not there is no error.

    python -m benchmarks.page_walk results/report/heat.html --made-up 3000 --pictures pictures

With `--review` the page of a film of the project in this folder is served by `castmap review`, and
at the end the corrections are not downloaded but saved and applied, until the page comes again.
They stay: walk in a copy of a project that you need.

    python -m benchmarks.page_walk --review heat
"""

import argparse
import contextlib
import itertools
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Download, Page, sync_playwright

from benchmarks.page_speed import computed_s, developer_tools, launch, made_up_page

SIZES = [(1366, 768), (1920, 1080), (390, 844)]
NAMES = ("Ann", "Ben", "Cem", "Dag", "Eva", "Fay")
CONTROLS = "#bench button, #bench input, #bench select, #head button, #head input, .person, .lane"
# Controls of which a part cannot be reached by a pointer: covered, or outside the window, unless
# the panes are stacked and the document is scrolled. What its own pane has scrolled away is none.
UNREACHABLE = """(selector) => [...document.querySelectorAll(selector)].filter((node) => {
    if (!node.checkVisibility() || node.closest('#boxes')) { return false; }
    const box = node.getBoundingClientRect();
    const pane = node.closest('#strip, #lanes, #tiles, [role=tabpanel]');
    const own = pane ? pane.getBoundingClientRect() : {top: -1e6, bottom: 1e6};
    if (box.top < own.top - 1 || box.bottom > own.bottom + 1) { return false; }
    return [0.5, 0.1, 0.9].some((share) => {
        const at = [box.left + share * box.width, box.top + box.height / 2];
        const top = document.elementFromPoint(...at);
        if (!top) { return innerWidth > 900; }
        return !(node.contains(top) || top.contains(node) && top.matches('label, .person'));
    });
}).map((node) => node.outerHTML.slice(0, 90))"""
_PATIENCE_MS = 1_800_000
_QUESTIONS, _NO_FACES, _UNDONE, _IN_SIGHT = 5, 3, 2, 8
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_CAST = """() => [...document.querySelectorAll('.person')].map(node => node.innerText)"""
_SCROLLED = "[scrollY, document.documentElement.scrollHeight / innerHeight]"


class Walk:
    """Somebody at a film's page, whose actions are counted.

    Attributes:
        page: where it goes on.
        part: what is being done, one of PARTS.
        characters: how many there were at first.
        actions: how many each part took.
        answered: how many questions were.
        said: how many corrections there were before some were taken back.
        undone: whether these left no trace.
        unsaid: the parts in which something was to be said, and no correction was made of it.
        scrolled_px: how far the document was scrolled, at most.
        height: of the document in screens, at most.
        unreachable: the controls that were covered or outside the window after some action.
        computed_s: processor seconds of the page's thread.
        applied_s: how long it took until the page came again with what was said; None: it was not.
        statuses: how many corrections were applied, replaced and so on.
    """

    def __init__(self, page: Page):
        self.page, self.part = page, ""
        self.characters = len(self._ids())
        self.actions: Counter[str] = Counter()
        self.answered, self.said, self.undone = 0, 0, False
        self.scrolled_px, self.height, self.computed_s = 0.0, 0.0, 0.0
        self.unreachable: set[str] = set()
        self.unsaid: list[str] = []
        self.applied_s: float | None = None
        self.statuses: Counter[str] = Counter()
        self._devtools = developer_tools(page)
        self._states = [self._state()]  # what the page says after each correction
        self._look()

    def name_people(self) -> None:
        """Name those with most time on screen, one after the other."""
        n_names = min(len(NAMES), self.page.locator(".person.nameless").count())
        if n_names:
            self._press("n")
        for name in NAMES[:n_names]:
            self._type(name)
        if self.page.locator("#strip input").count():  # the next one's
            self._press("Escape")
        self._keep()

    def merge(self) -> None:
        """Say that the first is the same person as the fifth, or the last if they are fewer."""
        first, *others = self._ids()[:5]
        if others:
            self._click(_person(first))
            self._press("m")
            self._click(_person(others[-1]))
        self._keep()

    def split(self) -> None:
        """Make an appearance of who is looked at somebody new."""
        self._click(f".tile >> nth={self._n_tiles() - 1}")
        self._press("s")
        self._keep()

    def no_faces(self) -> None:
        """Say that three appearances of the first person are none."""
        self._click(_person(self._ids()[0]))
        last = self._n_tiles() - 1
        self._click(f".tile >> nth={last}")
        if last > 0:
            self._click(f".tile >> nth={max(0, last - _NO_FACES + 1)}", ["Shift"])
        self._press("x")
        self._keep()

    def answer(self) -> None:
        """Answer questions by what stands first."""
        self._press("q")
        for _ in range(_QUESTIONS):
            if self.page.locator(".question").count():
                self._press("1")
                self._keep()
                self.answered += 1

    def undo(self) -> None:
        """Take back the last corrections."""
        self.said = self._n_unsaved()
        for _ in range(_UNDONE):
            self._press("Control+z")
        self.undone = self._state() == self._states[-1 - _UNDONE :][0]

    def save(self) -> Download:
        """Download the file of corrections."""
        with self.page.expect_download() as download:
            self._click("#download")
        return download.value

    def apply(self) -> None:
        """Save the corrections and apply them."""
        start = time.perf_counter()
        with self.page.expect_event("load", timeout=_PATIENCE_MS):
            self._click("#apply")
        self.applied_s = time.perf_counter() - start
        self.page.get_by_role("tab", name="Corrections").click()
        self.statuses.update(self.page.locator("#journal .status").all_inner_texts())
        self._look()

    def _n_tiles(self) -> int:
        """Of the faces that are shown, the surest first, those in sight in any window, at most.

        The last of them are said to be wrong: names and merges are tied to the surest ones.
        """
        return min(_IN_SIGHT, self.page.locator(".tile").count())

    def _n_unsaved(self) -> int:
        return int("0" + self.page.locator("#unsaved").inner_text().split(" ")[0])

    def _ids(self) -> list[str]:
        ids = "nodes => nodes.filter(n => !n.matches('.nobody')).map(n => n.dataset.id)"
        return self.page.locator(".person").evaluate_all(ids)

    def _press(self, key: str) -> None:
        self._act(lambda: self.page.keyboard.press(key))

    def _type(self, name: str) -> None:
        def type_name() -> None:
            self.page.keyboard.type(name)
            self.page.keyboard.press("Enter")

        self._act(type_name)

    def _click(self, selector: str, keys: list | None = None) -> None:
        self._act(lambda: self.page.locator(selector).click(modifiers=keys))

    def _act(self, action: Callable[[], None]) -> None:
        """Do something, time the page until it is drawn, look; then answer what the page asks."""
        self.actions[self.part] += 1
        before = computed_s(self._devtools)
        action()
        self.page.evaluate(_DRAWN)
        self.computed_s += computed_s(self._devtools) - before
        self._look()
        if self.page.locator("#ask").is_visible():
            self._press("1")

    def _look(self) -> None:
        """What is in the way now. While the page asks something, only the answers count."""
        asks = self.page.locator("#ask").is_visible()
        self.unreachable |= set(
            self.page.evaluate(UNREACHABLE, "#ask button" if asks else CONTROLS)
        )
        scrolled_px, height = self.page.evaluate(_SCROLLED)
        self.scrolled_px = max(self.scrolled_px, scrolled_px)
        self.height = max(self.height, height)

    def _state(self) -> list[str]:
        return [str(self._n_unsaved()), *self.page.evaluate(_CAST)]

    def _keep(self) -> None:
        """Keep what the page says, unless there is no correction more than before."""
        if self._n_unsaved() > int(self._states[-1][0]):
            self._states.append(self._state())
        else:
            self.unsaid.append(self.part)


def _person(character: str) -> str:
    return f".person[data-id='{character}'] b"


Part = Callable[[Walk], object]
PARTS: Mapping[str, Part] = {
    "naming": Walk.name_people,
    "merging": Walk.merge,
    "splitting": Walk.split,
    "no faces": Walk.no_faces,
    "questions": Walk.answer,
    "undoing": Walk.undo,
    "saving": Walk.save,
}
REVIEW_PARTS: Mapping[str, Part] = {**PARTS, "saving": Walk.apply}


def walk(
    page: Page,
    picture: Callable[[str], None] = lambda part: None,
    parts: Mapping[str, Part] = PARTS,
) -> Walk:
    """Walk on a film's page that was opened; ``picture`` is called with each part that is over."""
    walker = Walk(page)
    picture("opened")
    for part, step in parts.items():
        walker.part = part
        step(walker)
        picture(part)
    return walker


@contextlib.contextmanager
def review(movie: str, project: Path = Path()) -> Iterator[str]:
    """The address of a film's page, while `castmap review` serves it from a project's folder."""
    command = [sys.executable, "-m", "castmap.command", "review", movie, "--no-browser"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = next(line for line in process.stdout or () if line.startswith("Review"))
            yield re.findall(r"http://\S+", said)[0]
        finally:
            process.terminate()


def measure(
    browser: Browser,
    name: str,
    address: str,
    size: tuple[int, int],
    pictures: Path | None,
    parts: Mapping[str, Part] = PARTS,
) -> None:
    """Walk on a page in a window, and print the row of the table."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    numbers = itertools.count()

    def picture(part: str) -> None:
        if pictures:
            file = f"{name}.{width}.{next(numbers)}-{part.replace(' ', '-')}.png"
            page.screenshot(path=pictures / file)

    walked = walk(page, picture, parts)
    page.close()
    cells = [name, f"{width} × {height}", walked.characters, walked.actions.total()]
    cells += [walked.actions[part] for part in PARTS]
    cells += [walked.answered, walked.said, ", ".join(walked.unsaid) or "none"]
    cells += ["yes" if walked.undone else "no"]
    cells += [round(walked.scrolled_px), f"{walked.height:.1f}", len(walked.unreachable)]
    cells += [len(errors), f"{walked.computed_s:.2f}"]
    if walked.applied_s is not None:
        cells += [", ".join(f"{n} {status}" for status, n in walked.statuses.most_common())]
        cells += [f"{walked.applied_s:.0f}"]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for fault in [*sorted(walked.unreachable), *errors]:
        print(fault, file=sys.stderr)


def _is_error(message: ConsoleMessage) -> bool:
    """Whether it tells of an error, other than that a file is not there."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def main() -> None:
    """Walk on each page in each window, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="*", metavar="PAGE.html")
    parser.add_argument("--made-up", type=int, help="tracks of a made-up film of two hours")
    parser.add_argument("--review", metavar="MOVIE", help="a film of the project in this folder")
    parser.add_argument("--pictures", type=Path, help="folder for what the page looked like")
    args = parser.parse_args()
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
    heads = ["page", "window", "characters", "actions", *PARTS, "questions answered"]
    heads += ["corrections", "without effect", "undone rightly", "scrolled px", "height in screens"]
    heads += ["controls covered or outside", "errors", "computed in s"]
    heads += ["became", "applied in s"] if args.review else []
    print(f"| {' | '.join(heads)} |\n|{'---|' * 2}{'---:|' * (len(heads) - 2)}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        if args.review:
            with review(args.review) as address:
                measure(browser, args.review, address, SIZES[0], args.pictures, REVIEW_PARTS)
        if args.made_up:
            args.pages.append(Path(folder) / f"made_up_{args.made_up}.html")
            args.pages[-1].write_text(made_up_page(args.made_up), encoding="utf-8")
        for path in args.pages:
            for size in SIZES:
                measure(browser, path.stem, path.absolute().as_uri(), size, args.pictures)
        browser.close()


if __name__ == "__main__":
    main()
