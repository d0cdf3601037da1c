"""Find the examples in pages, play them, and tell whether what comes is what the page shows.

An example stands in a block marked as ``console``. A line with ``$`` is a command of the shell; ``wscat -c URL``
begins a session over a real WebSocket, in which ``>`` is sent and ``<`` has to come. ``…`` stands for anything.
What differs from run to run (times, ids) is not compared, nor is the order of lines.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from websockets.sync.client import connect

__all__ = ["Example", "Played", "Stage", "find_examples", "is_same", "play", "with_outputs"]

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND_S = 30.0
_ANSWER_S = 15.0
_MAX_SHOWN = 4000
_WSCAT = "wscat -c "
_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00"), "TIME"),
    (re.compile(r'"(\w+_ms|\w+_s|server_time)":(?:[\d.]+|null)'), r'"\1":N'),
    (re.compile(r"\b[0-9a-f]{16}\b"), "ID"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:ms|s|min)\b"), "DURATION"),
    (re.compile(r"─+|-{4,}"), "LINE"),
    (re.compile(r"\s+"), " "),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """One command (or one message of a session, with the session's address) and the lines that follow it."""

    page: str
    line: int
    session: int
    command: str
    expected: tuple[str, ...]
    url: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Played:
    """What came."""

    example: Example
    lines: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether it is what the page shows."""
        return is_same(self.example.expected, self.lines)

    def explain(self) -> str:
        """Return place, command, what the page shows and what came."""
        example = self.example
        shown, came = "\n".join(example.expected), "\n".join(self.lines)[:_MAX_SHOWN]
        return f"{example.page}:{example.line}: {example.command}\n--- the page\n{shown}\n--- what came\n{came}\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """Where examples are played: folder, environment, and the port that each usual one stands for."""

    folder: Path
    environment: Mapping[str, str]
    ports: Mapping[int, int]

    def to_stage(self, text: str) -> str:
        """Return a command with the ports of this stage."""
        return _with_ports(text, self.ports)

    def to_page(self, text: str) -> str:
        """Return an output with the usual ports."""
        return _with_ports(text, {real: usual for usual, real in self.ports.items()})


def find_examples(page: str, text: str) -> Iterator[Example]:
    """Yield the examples of a page in their order."""
    sessions = itertools.count()
    for block in _BLOCK.finditer(text):
        number = text.count("\n", 0, block.start(1)) + 1
        session, url = next(sessions), None
        command: tuple[int, str] | None = None
        expected: list[str] = []
        for line in [*block[1].splitlines(), "$ "]:
            starts = line.startswith("$ ") or (url is not None and line.startswith("> "))
            if starts and command is not None:
                yield Example(page, command[0], session, command[1], tuple(expected), url)
            if line.startswith("$ "):
                session = next(sessions)
                url = line.removeprefix("$ " + _WSCAT).strip() if line.startswith("$ " + _WSCAT) else None
            if starts:
                command, expected = (number, line[2:]), []
            else:
                expected.append(line.removeprefix("< ") if url is not None else line)
            number += 1


def play(examples: list[Example], stage: Stage) -> Iterator[Played]:
    """Play examples in their order; each session has a connection of its own."""
    for _, group in itertools.groupby(examples, key=lambda one: (one.page, one.session)):
        members = list(group)
        yield from (_play_session(members, stage) if members[0].url is not None else _play_commands(members, stage))


def _play_commands(examples: list[Example], stage: Stage) -> Iterator[Played]:
    for example in examples:
        done = subprocess.run(
            ["bash", "-c", stage.to_stage(example.command)],
            cwd=stage.folder,
            env=dict(stage.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_COMMAND_S,
            check=False,
        )
        output = stage.to_page(done.stdout.decode())
        yield Played(example, tuple(line.rstrip() for line in output.rstrip("\n").splitlines()))


def _play_session(examples: list[Example], stage: Stage) -> Iterator[Played]:
    url = examples[0].url
    assert url is not None
    with connect(stage.to_stage(url), max_size=None, open_timeout=_ANSWER_S) as socket:
        for example in examples:
            if not example.command.startswith(_WSCAT):
                socket.send(example.command)
            came = socket.recv(timeout=_ANSWER_S)
            yield Played(example, (stage.to_page(str(came)),))


def is_same(expected: tuple[str, ...], came: tuple[str, ...]) -> bool:
    """Compare what a page shows with what came, but for what changes from run to run."""
    left = sorted(filter(None, map(_without_changing, expected)))
    right = sorted(filter(None, map(_without_changing, came)))
    if any("…" in line for line in left):
        return _matches_all(left, right)
    return left == right


def _matches_all(patterns: list[str], lines: list[str]) -> bool:
    """Say whether each pattern has a line of its own, and no line is left."""
    left = list(lines)
    for pattern in sorted(patterns, key=lambda one: one.count("…")):
        expression = re.compile(".*".join(map(re.escape, pattern.split("…"))))
        found = next((line for line in left if expression.fullmatch(line)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def with_outputs(text: str, outputs: Mapping[int, tuple[str, ...]]) -> str:
    """Return a page with the lines that came below the commands at these lines (from 1) in place of those there."""
    lines: list[str] = []
    skipping = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(("$ ", "```", "> ")):
            skipping = False
        if not skipping:
            lines.append(line)
        if number in outputs:
            lines.extend(outputs[number])
            skipping = True
    return "\n".join(lines) + "\n"


def _without_changing(line: str) -> str:
    for pattern, replacement in _CHANGING:
        line = pattern.sub(replacement, line)
    return line.strip()


def _with_ports(text: str, ports: Mapping[int, int]) -> str:
    replace: Callable[[re.Match[str]], str] = lambda found: f":{ports.get(int(found[1]), int(found[1]))}"  # noqa: E731
    return re.sub(r"(?<=\w):(\d{4,5})\b", replace, text)
