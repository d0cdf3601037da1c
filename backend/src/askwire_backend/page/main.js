/** Put the parts of the page together. */

import { AgentsBoard } from "./agents.js";
import { AnswerView } from "./answer.js";
import { Conversation } from "./ask.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { QuestionBox } from "./question_box.js";
import { Timeline } from "./timeline.js";

const MODES = {
  connecting: "Connecting…",
  connected: "Connected",
  http: "Connected over HTTP",
  offline: "Backend not reachable",
  locked: "Token needed",
};

const connection = new Connection();
const box = new QuestionBox({
  ask: (question) => conversation.ask(question),
  cancel: () => conversation.cancel(),
  startAnew: () => conversation.startAnew(),
});
const answer = new AnswerView(byId("answer"), {
  choose: (asked, choice) => conversation.choose(asked, choice),
  retry: () => conversation.again(),
  runSql: (sql) => conversation.runSql(sql),
  formats: () => board.formats(),
});
const board = new AgentsBoard(connection, () => answer.formatsChanged());
const conversation = new Conversation(connection, {
  timeline: new Timeline(byId("timeline")),
  answer,
  busy: (busy) => box.setBusy(busy),
  follows: (question) => box.showFollows(question),
  asked: begin,
});

/** @param {string} question */
function begin(question) {
  byId("intro").hidden = true;
  document.body.classList.add("asked-once");
  box.set(question);
  box.showRecent();
  document.title = `${question.slice(0, 80)} · Askwire`;
  const link = `#q=${encodeURIComponent(question)}`;
  if (location.hash !== link) history.pushState(null, "", link);
}

/** Ask what the address says, so that a question can be shared as a link. */
function askFromAddress() {
  const question = new URLSearchParams(location.hash.slice(1)).get("q")?.trim();
  if (question) conversation.ask(question);
}

connection.addEventListener("change", () => {
  const state = byId("connection-state");
  state.textContent = MODES[connection.mode];
  state.dataset.mode = connection.mode;
});
addEventListener("popstate", askFromAddress);
connection.start();
board.start();
askFromAddress();
