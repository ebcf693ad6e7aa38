"use strict";
// The participant's page. Its only memory is the ticket; what it shows is what the server says. A vote that was not
// acknowledged is said again after a lost connection: said twice, it is one vote.

const $ = (id) => document.getElementById(id);
const KEY = `leadgym-room:${location.pathname}`;
const HERE = location.pathname.replace(/[^/]*$/, "");
const QUIET = 4000;  // without an acknowledgement for so long, the line is taken for dead

let ticket = null, view = null, socket = null, number = 0, waiting = null, tries = 0, drawn = "", polling = false;

function kept() { try { return localStorage.getItem(KEY); } catch { return null; } }
function keep(value) { try { value ? localStorage.setItem(KEY, value) : localStorage.removeItem(KEY); } catch { /* private window */ } }

async function ask(path, body, method = "POST") {
  const headers = ticket ? { Authorization: `Bearer ${ticket}` } : {};
  const answer = await fetch(HERE + path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  return answer.json();
}

// --- the door ---

async function join(code, name) {
  let said;
  try { said = await ask("join", { code, name, ticket: kept() }); } catch { return "The room does not answer. Are you on the same network?"; }
  if (said.problem) {
    if (said.problem.code === "wrong-code") keep(null);  // a ticket that was good would have done
    return said.problem.sentence;
  }
  ticket = said.ticket;
  keep(ticket);
  $("door").hidden = true;
  $("room").hidden = false;
  connect();
  return "";
}

$("door").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("wrong").textContent = "";
  $("wrong").textContent = await join($("code").value, $("name").value);
});

// --- the line ---

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  let opened = false;
  try { socket = new WebSocket(`${scheme}//${location.host}${HERE}room`); } catch { return poll(); }
  socket.onopen = () => { opened = true; socket.send(JSON.stringify({ ticket })); };
  socket.onmessage = (event) => {
    tries = 0;
    $("line").textContent = "";
    hear(JSON.parse(event.data));
    if (waiting && !waiting.sent) send();
  };
  socket.onclose = (event) => {
    socket = null;
    if (waiting) waiting.sent = false;
    if (view && view.stage === "over") return;
    if (event.code === 4401) return leave("This room does not know you any more. Join again.");
    tries += 1;
    $("line").textContent = "The connection is lost. Trying again.";
    if (!opened && tries >= 3 && !polling) return poll();
    setTimeout(connect, Math.min(8000, 300 * 2 ** Math.min(tries, 5)) * (0.5 + Math.random()));
  };
}

async function poll() {  // where no websocket gets through
  polling = true;
  while (ticket) {
    if (waiting && !waiting.sent) send();  // it was under way when the line was lost
    try {
      const said = await ask(`view?since=${view ? view.revision : -1}`, undefined, "GET");
      if (said.problem && said.problem.code === "not-joined") return leave("This room does not know you any more. Join again.");
      if (said.problem) throw new Error(said.problem.code);
      $("line").textContent = "";
      hear(said);
      if (view.stage === "over") return;
    } catch {
      $("line").textContent = "The connection is lost. Trying again.";
      await new Promise((done) => setTimeout(done, 1500 + 1500 * Math.random()));
    }
  }
}

function hear(said) {
  if (said.view) { view = said.view; draw(); }
  if (view && view.stage === "over") keep(null);
  if (waiting && said.n === waiting.n) {
    clearTimeout(waiting.timer);
    tell(said.problem ? said.problem.sentence : "Your vote is in. You can change it until the vote closes.", Boolean(said.problem));
    if (!said.problem) mark("sent", waiting.vote.choice);
    const pick = document.querySelector("input[name=choice]:checked");
    if (!said.problem && waiting.vote.choice && pick && pick.value !== waiting.vote.choice) tell("Not sent yet. Press Vote.", false);  // picked anew meanwhile
    waiting = null;
    $("send").disabled = !view.voting;
  }
}

function leave(why) {
  ticket = null;
  keep(null);
  $("room").hidden = true;
  $("door").hidden = false;
  $("wrong").textContent = why;
}

// --- the vote ---

function send() {
  if (!waiting) return;
  if (polling) {
    if (waiting.sent) return;
    const mine = waiting;
    mine.sent = true;
    ask("vote", mine.vote).then((said) => hear({ ...said, n: mine.n }), () => { mine.sent = false; setTimeout(send, 1500); });
    return;
  }
  if (!socket || socket.readyState !== WebSocket.OPEN) return;  // said when the line is back
  waiting.sent = true;
  socket.send(JSON.stringify({ n: waiting.n, vote: waiting.vote }));
  clearTimeout(waiting.timer);
  waiting.timer = setTimeout(() => { if (socket) socket.close(); }, QUIET);
}

$("vote").addEventListener("submit", (event) => {
  event.preventDefault();
  const vote = { poll: view.poll.id };
  if (view.poll.kind === "range") {
    vote.low = figure($("low").value);
    vote.high = figure($("high").value);
    if (vote.low === null || vote.high === null) return tell("Give two numbers.", true);
    if (vote.low > vote.high) return tell("The lower number comes first.", true);
  } else {
    const pick = document.querySelector("input[name=choice]:checked");
    if (!pick) return tell("Pick one first.", true);
    vote.choice = pick.value;
    const sure = document.querySelector("input[name=sure]:checked");
    vote.sure = sure && sure.value ? Number(sure.value) : null;
  }
  number += 1;
  waiting = { n: number, vote, sent: false };
  $("send").disabled = true;
  tell("Sending your vote.", false);
  send();
});

function figure(text) {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() && Number.isFinite(value) ? value : null;
}

function tell(sentence, bad) {
  $("told").textContent = sentence;
  $("told").className = bad ? "bad" : "";
}

// --- the screen ---

function draw() {
  const poll = view.poll;
  $("says").textContent = view.says;
  $("vote").hidden = $("send").hidden = !(poll && view.voting);
  $("question").textContent = poll ? poll.question : "You are in the room.";
  $("scene").hidden = !view.scene;
  $("scene-text").innerHTML = view.scene;  // cleaned by the server; the page's policy runs no script in it
  $("send").disabled = Boolean(waiting) || !view.voting;
  const place = `${view.stage}/${poll ? poll.id : ""}/${view.round}`;
  if (place === drawn) return;
  const first = drawn === "";
  drawn = place;
  tell("", false);
  if (poll && view.voting) lay(poll);
  if (!first) $("question").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function lay(poll) {
  const range = poll.kind === "range", mine = view.mine ?? view.before;
  $("choices").hidden = range;
  $("span").hidden = !range;
  $("sure").hidden = !["decide", "race"].includes(poll.kind);
  $("legend").textContent = view.round === 2 ? "Your second vote" : "Your vote";
  for (const old of $("choices").querySelectorAll("label")) old.remove();
  for (const [at, choice] of poll.choices.entries()) {
    const label = document.createElement("label"), input = document.createElement("input"), letter = document.createElement("span"), text = document.createElement("span");
    input.type = "radio";
    input.name = "choice";
    input.value = choice.id;
    input.checked = Boolean(mine) && mine.choice === choice.id;
    text.textContent = choice.text;
    letter.className = "letter";
    letter.textContent = `${String.fromCharCode(65 + at)}.`;  // what the room says aloud
    label.append(input, letter, text);
    $("choices").append(label);
  }
  mark("sent", view.mine?.choice);
  mark("first", view.before?.choice);
  for (const input of document.querySelectorAll("input[name=sure]")) input.checked = input.value === (mine && mine.sure ? String(mine.sure) : "");
  $("low").value = mine && mine.span ? mine.span[0] : "";
  $("high").value = mine && mine.span ? mine.span[1] : "";
  $("unit").textContent = poll.unit;
  if (view.mine) tell("Your vote is in. You can change it until the vote closes.", false);
  else if (view.before) tell("Not sent yet. Press Vote to keep your answer, too.", false);
}

function mark(name, id) {
  for (const label of $("choices").querySelectorAll("label")) label.classList.toggle(name, label.querySelector("input").value === id);
}

$("vote").addEventListener("change", () => tell("Not sent yet. Press Vote.", false));

// --- come in, or come back ---

const given = new URLSearchParams(location.search).get("c");
if (given) { $("code").value = given.slice(0, 4).toUpperCase(); $("name").focus(); } else { $("code").focus(); }
if (kept()) join($("code").value, "").then((problem) => { if (problem) $("wrong").textContent = given && !kept() ? "" : problem; });
