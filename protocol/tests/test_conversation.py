"""Both tables joined by a wire that loses, repeats and reorders: the promise of one outcome, whatever happens."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from askwire_protocol.codec import encode, encode_data
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.incoming import Accepted, CancelAsked, ControlAsked, Incoming, Pulse, Refused
from askwire_protocol.messages.agents import Cancel, Progress
from askwire_protocol.outgoing import Answered, Failed, Outgoing, OutgoingEvent, Progressed

MAX_IN_FLIGHT = 4
ANY = st.integers(0, 1000)


class Conversation(RuleBasedStateMachine):
    """A client and an agent; the agent answers with the id, so that a mix-up shows."""

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
        self.to_agent: list[bytes] = []
        self.to_client: list[bytes] = []
        self.asked: set[str] = set()
        self.left: set[str] = set()
        self.outcomes: Counter[str] = Counter()

    @rule(deadline_s=st.floats(0.0, 5.0))
    def ask(self, deadline_s: float) -> None:
        """The client sends a request."""
        message_id, message = self.client.request("work", msgspec.Raw(b"{}"), now_s=self.now_s, deadline_s=deadline_s)
        self.asked.add(message_id)
        self.to_agent.append(message)

    @rule()
    def beat(self) -> None:
        """The client sends a heartbeat, whose answer must end nothing."""
        self.to_agent.append(self.client.heartbeat(wall_time_s=0.0)[1])

    @rule(pick=ANY)
    def leave(self, pick: int) -> None:
        """A caller gives up, with a cancel to the agent."""
        open_ids = sorted(self.asked - self.left - set(self.outcomes))
        if open_ids:
            message_id = open_ids[pick % len(open_ids)]
            assert self.client.forget(message_id)
            self.left.add(message_id)
            self.to_agent.append(encode(Envelope(type="cancel", data=encode_data(Cancel(request_id=message_id)))))

    @rule(pick=ANY, keep=st.booleans())
    def reach_agent(self, pick: int, keep: bool) -> None:
        """Any message on the wire arrives; it may stay there and arrive again."""
        if not self.to_agent:
            return
        index = pick % len(self.to_agent)
        match self.agent.receive(self.to_agent[index] if keep else self.to_agent.pop(index)):
            case Refused(reply):
                self.to_client.append(reply)
            case CancelAsked(message_id):
                self.send(self.agent.cancelled(message_id))
            case ControlAsked(envelope):
                self.to_client.append(self.agent.heartbeat_answer(envelope, Pulse(), wall_time_s=0.0))
            case Accepted(_, message_id):
                assert message_id in self.agent.in_work()

    @rule(pick=ANY, how=st.sampled_from(["answer", "fail", "progress"]))
    def work(self, pick: int, how: str) -> None:
        """The agent goes on with one request in work."""
        in_work = self.agent.in_work()
        if not in_work:
            return
        message_id = in_work[pick % len(in_work)]
        if how == "answer":
            self.send(self.agent.answer(message_id, {"id": message_id}))
            assert self.agent.answer(message_id, {}) is None
        elif how == "fail":
            self.send(self.agent.fail(message_id, RequestFailed(ErrorCode.INTERNAL, message_id)))
        else:
            self.send(self.agent.progress(message_id, Progress(stage=message_id)))

    def send(self, message: bytes | None) -> None:
        """Put what the agent made on the wire; for a request in work it always makes something."""
        assert message is not None
        self.to_client.append(message)

    @rule(pick=ANY, keep=st.booleans())
    def reach_client(self, pick: int, keep: bool) -> None:
        """Any message of the agent arrives; it may stay on the wire and arrive again."""
        if self.to_client:
            index = pick % len(self.to_client)
            self.take(self.client.receive(self.to_client[index] if keep else self.to_client.pop(index)))

    @rule(pick=ANY)
    def lose_message(self, pick: int) -> None:
        """A message is lost on the wire."""
        wire = self.to_client if pick % 2 else self.to_agent
        if wire:
            del wire[pick % len(wire)]

    @rule(passed_s=st.floats(0.0, 3.0))
    def wait(self, passed_s: float) -> None:
        """Time passes."""
        self.now_s += passed_s
        for failed in self.client.expire(self.now_s):
            assert failed.failure.code is ErrorCode.DEADLINE_EXCEEDED
            self.take(failed)

    def take(self, event: OutgoingEvent) -> None:
        """Note what a caller sees, and that it is about its own request while that is open."""
        if not isinstance(event, (Answered, Failed, Progressed)):
            return
        assert event.message_id in self.asked - self.left
        assert self.outcomes[event.message_id] == 0
        if isinstance(event, Progressed):
            assert event.progress.stage == event.message_id
            return
        if isinstance(event, Answered):
            assert msgspec.json.decode(event.envelope.data) == {"id": event.message_id}
        self.outcomes[event.message_id] += 1

    @invariant()
    def tables_hold_what_is_open(self) -> None:
        """The client's table is exactly the open requests; the agent's is within its limit."""
        ended = {message_id for message_id, count in self.outcomes.items() if count}
        assert len(self.client) == len(self.asked - self.left - ended)
        assert len(self.agent) <= MAX_IN_FLIGHT

    def teardown(self) -> None:
        """The connection breaks: every request has had one outcome or was given up, and nothing is left."""
        for failed in self.client.lose("gone"):
            self.take(failed)
        for message_id in self.agent.in_work():
            self.agent.cancelled(message_id)
        ended = {message_id for message_id, count in self.outcomes.items() if count}
        assert ended == self.asked - self.left
        assert set(self.outcomes.values()) <= {0, 1}
        assert (len(self.client), len(self.agent)) == (0, 0)


Conversation.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, derandomize=True, database=None, deadline=None
)


class TestConversation(Conversation.TestCase):
    """Every order of events leads to exactly one outcome for each request."""
