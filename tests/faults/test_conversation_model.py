"""Both tables joined by two wires, in order as TCP is, with everything that 1.1 added: parts, credit, hello, drain.

The other model (in the protocol's own tests) has wires that lose and reorder; this one keeps the order and may deliver
a message twice, as a defective peer would, because order is what ``seq`` and credit are about.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from askwire_protocol.codec import decode, encode, encode_data
from askwire_protocol.envelope import FEATURES, Envelope
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.incoming import Accepted, CancelAsked, ControlAsked, HelloAsked, Incoming, Pulse, Refused
from askwire_protocol.messages.agents import Cancel, GoAway, Hello, Progress
from askwire_protocol.outgoing import Answered, Chunked, Failed, GoingAway, Outgoing, OutgoingEvent, Progressed

MAX_IN_FLIGHT = 4
ANY = st.integers(0, 1000)
STALL_S = 2.0


class Conversation(RuleBasedStateMachine):
    """A client and an agent; every message names its request in its data, so that a mix-up shows."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.client = Outgoing("c")
        self.agent = Incoming(
            sender="agent",
            client_id="client",
            instance_id="instance",
            types=("work",),
            max_message_bytes=1000,
            max_in_flight=MAX_IN_FLIGHT,
            max_deadline_s=60.0,
            timestamp=lambda: "now",
        )
        self.to_agent: deque[bytes] = deque()
        self.to_client: deque[bytes] = deque()
        self.parted: set[str] = set()
        self.asked: set[str] = set()
        self.left: set[str] = set()
        self.granted: Counter[str] = Counter()
        self.arrived_credit: Counter[str] = Counter()
        self.sent_parts: Counter[str] = Counter()
        self.sequences: dict[str, list[int]] = defaultdict(list)
        self.seen_parts: dict[str, list[int]] = defaultdict(list)
        self.terminals: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.hellos: Counter[str] = Counter()
        self.goaways = 0

    # the client

    @initialize(credit=st.integers(1, 3))
    def begin(self, credit: int) -> None:
        """One request for parts is in work from the start."""
        self.ask(5.0, credit)
        self.reach_agent(count=1, twice=False)

    @rule(deadline_s=st.floats(0.1, 5.0), credit=st.one_of(st.none(), st.integers(1, 3)))
    def ask(self, deadline_s: float, credit: int | None) -> None:
        """The client sends a request, and may accept its answer in parts."""
        message_id, message = self.client.request(
            "work",
            msgspec.Raw(b"{}"),
            now_s=self.now_s,
            deadline_s=deadline_s,
            chunk_credit=credit,
            stall_s=STALL_S if credit else None,
        )
        self.asked.add(message_id)
        if credit:
            self.parted.add(message_id)
            self.granted[message_id] = self.arrived_credit[message_id] = credit
        self.to_agent.append(message)

    @rule(pick=ANY, n=st.integers(1, 2))
    def give_credit(self, pick: int, n: int) -> None:
        """The client took parts and asks for more; for a request that has ended nothing is sent."""
        if not self.parted:
            return
        message_id = sorted(self.parted)[pick % len(self.parted)]
        message = self.client.credit(message_id, n)
        assert (message is not None) == (message_id in self.open_ids())
        if message is not None:
            self.granted[message_id] += n
            self.to_agent.append(message)

    @rule(pick=ANY)
    def leave(self, pick: int) -> None:
        """A caller gives up, with a cancel to the agent."""
        open_ids = self.open_ids()
        if open_ids:
            message_id = open_ids[pick % len(open_ids)]
            assert self.client.forget(message_id)
            self.left.add(message_id)
            self.to_agent.append(encode(Envelope(type="cancel", data=encode_data(Cancel(request_id=message_id)))))

    @rule()
    def beat(self) -> None:
        """The client sends a heartbeat, whose answer must end nothing."""
        self.to_agent.append(self.client.heartbeat(wall_time_s=0.0)[1])

    @rule(features=st.sampled_from([FEATURES, ()]))
    def greet(self, features: tuple[str, ...]) -> None:
        """The client says hello, maybe not for the first time."""
        hello = Hello(features=features, protocol_versions=("1.1",))
        message = Envelope(type="hello", message_id=self.client.new_id(), data=encode_data(hello))
        self.to_agent.append(encode(message))

    def open_ids(self) -> list[str]:
        """The requests that a caller waits for."""
        return sorted(self.asked - self.left - set(self.outcomes))

    # the wires

    @precondition(lambda self: self.to_agent)
    @rule(count=st.integers(1, 4), twice=st.booleans())
    def reach_agent(self, count: int, twice: bool) -> None:
        """The next messages arrive at the agent, once or twice."""
        for _ in range(min(count, len(self.to_agent))):
            message = self.to_agent.popleft()
            for _ in range(1 + twice):
                self.take_at_agent(message)

    @precondition(lambda self: self.to_client)
    @rule(count=st.integers(1, 4), twice=st.booleans())
    def reach_client(self, count: int, twice: bool) -> None:
        """The next messages arrive at the client, once or twice."""
        for _ in range(min(count, len(self.to_client))):
            message = self.to_client.popleft()
            for _ in range(1 + twice):
                self.take(self.client.receive(message, now_s=self.now_s))

    @rule(passed_s=st.floats(0.0, 1.5))
    def wait(self, passed_s: float) -> None:
        """Time passes: deadlines and silences end requests."""
        self.now_s += passed_s
        for failed in self.client.expire(self.now_s):
            assert failed.failure.code is ErrorCode.DEADLINE_EXCEEDED
            self.take(failed)

    # the agent

    def take_at_agent(self, message: bytes) -> None:
        """Do what the table says."""
        envelope = decode(message)
        if envelope.type == "credit":
            wanted = msgspec.json.decode(envelope.data)
            if wanted["request_id"] in self.agent.in_work():
                self.arrived_credit[wanted["request_id"]] += wanted["n"]
        match self.agent.receive(message):
            case Refused(reply, code):
                if envelope.message_id is not None and code is not ErrorCode.DUPLICATE_ID:
                    self.hellos["refused"] += envelope.type == "hello"
                self.to_client.append(reply)
            case CancelAsked(message_id):
                self.send(message_id, self.agent.cancelled(message_id))
            case ControlAsked(asked):
                self.to_client.append(self.agent.heartbeat_answer(asked, Pulse(), wall_time_s=0.0))
            case HelloAsked() as asked:
                self.hellos["accepted"] += 1
                self.to_client.append(self.agent.greeted(asked))
            case Accepted(_, message_id):
                assert not self.agent.draining
                self.sequences[message_id], self.sent_parts[message_id], self.terminals[message_id] = [], 0, 0
                if message_id in self.parted:
                    self.arrived_credit[message_id] = envelope.credit or 0

    @precondition(lambda self: self.agent.in_work())
    @rule(pick=ANY, parts=st.integers(1, 5))
    def send_parts(self, pick: int, parts: int) -> None:
        """The agent sends parts of one answer, as far as they are accepted and credit is left."""
        for _ in range(parts):
            self.work(pick, "part")

    @precondition(lambda self: self.agent.in_work())
    @rule(pick=ANY, how=st.sampled_from(["answer", "fail", "progress", "progress"]))
    def work(self, pick: int, how: str) -> None:
        """The agent goes on with one request in work."""
        in_work = self.agent.in_work()
        message_id = in_work[pick % len(in_work)]
        if how == "answer":
            self.send(message_id, self.agent.answer(message_id, {"id": message_id}))
            assert self.agent.answer(message_id, {}) is None
            assert self.agent.chunk(message_id, {}) is None
        elif how == "fail":
            self.send(message_id, self.agent.fail(message_id, RequestFailed(ErrorCode.INTERNAL, message_id)))
        elif how == "progress":
            self.send(message_id, self.agent.progress(message_id, Progress(stage=message_id)))
        elif self.agent.takes_chunks(message_id) and self.agent.has_credit(message_id):
            assert message_id in self.parted
            self.send(message_id, self.agent.chunk(message_id, {"id": message_id}))

    def send(self, message_id: str, message: bytes | None) -> None:
        """Put what the agent made on the wire, and hold it to the rules of one request."""
        assert message is not None
        envelope = decode(message)
        assert self.terminals[message_id] == 0
        if envelope.seq is None:
            self.terminals[message_id] += 1
            assert (envelope.final is True) == (envelope.type != "error" and self.sent_parts[message_id] > 0)
        else:
            self.sequences[message_id].append(envelope.seq)
            self.sent_parts[message_id] += envelope.type == "result_chunk"
        self.to_client.append(message)

    @precondition(lambda self: len(self.asked) > 5)
    @rule()
    def drain(self) -> None:
        """The agent takes nothing new and says so to who knows goaway."""
        self.agent.draining = True
        message = self.agent.go_away(GoAway(reason="shutdown", grace_ms=1))
        assert (message is not None) == ("goaway" in (self.agent.greeted_features or ()))
        if message is not None:
            self.to_client.append(message)

    # what has to hold

    def take(self, event: OutgoingEvent) -> None:
        """Note what a caller sees, and that it is about its own request while that is open."""
        if isinstance(event, GoingAway):
            self.goaways += 1
        if not isinstance(event, (Answered, Failed, Progressed, Chunked)):
            return
        assert event.message_id in self.asked - self.left
        assert self.outcomes[event.message_id] == 0
        if isinstance(event, Progressed):
            assert event.progress.stage == event.message_id
        elif isinstance(event, Chunked):
            assert msgspec.json.decode(event.envelope.data) == {"id": event.message_id}
            assert event.envelope.seq is not None
            self.seen_parts[event.message_id].append(event.envelope.seq)
        else:
            if isinstance(event, Answered):
                assert msgspec.json.decode(event.envelope.data) == {"id": event.message_id}
            self.outcomes[event.message_id] += 1

    @invariant()
    def sequences_are_dense(self) -> None:
        """The messages of one request are numbered 0, 1, 2 ... by the agent, parts and progress together."""
        assert all(numbers == list(range(len(numbers))) for numbers in self.sequences.values())

    @invariant()
    def credit_is_never_exceeded(self) -> None:
        """The agent sends no part that it was not given credit for, and the client takes none twice or out of order."""
        assert all(count <= self.arrived_credit[one] for one, count in self.sent_parts.items())
        assert all(len(parts) <= self.granted[one] for one, parts in self.seen_parts.items())
        assert all(parts == sorted(set(parts)) for parts in self.seen_parts.values())

    @invariant()
    def tables_hold_what_is_open(self) -> None:
        """The client's table is exactly the open requests; the agent's is within its limit; hello counts once."""
        assert len(self.client) == len(self.open_ids())
        assert len(self.agent) <= MAX_IN_FLIGHT
        assert self.hellos["accepted"] <= 1

    def teardown(self) -> None:
        """The connection breaks: every request has had one outcome or was given up, and nothing is left."""
        for failed in self.client.lose("gone"):
            self.take(failed)
        for message_id in self.agent.in_work():
            self.send(message_id, self.agent.cancelled(message_id))
        assert set(self.outcomes) == self.asked - self.left
        assert set(self.outcomes.values()) <= {1}
        assert (len(self.client), len(self.agent)) == (0, 0)


Conversation.TestCase.settings = settings(
    max_examples=150, stateful_step_count=50, derandomize=True, database=None, deadline=None
)


class TestConversationOfToday(Conversation.TestCase):
    """Whatever is said in whatever order, one outcome each, numbered without gaps, within the credit."""
