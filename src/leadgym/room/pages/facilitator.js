"use strict";
// What the projector and the prompts share: the line to the server, the steps, and how a split is drawn.

const PAGE = document.body.dataset.page;
const $ = (id) => document.getElementById(id);
let socket = null, seen = null, number = 0, tries = 0, code = "", another = "";
const open = new Map();

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}${location.pathname.replace(/room\/.*$/, "room/socket")}`);
  socket.onmessage = (event) => {
    tries = 0;
    const said = JSON.parse(event.data);
    if (said.projector) {
      code ||= said.join.code;
      another = PAGE === "prompts" && said.join.code !== code ? "This is another room, with other letters. For the one from before: Ctrl-C in the terminal, then the same command with --again." : "";
      seen = said;
      drawPage(seen);
    }
    note(another);
    if (said.n !== undefined && open.has(said.n)) {
      open.delete(said.n);
      if (said.problem) note(said.problem.sentence);
    }
  };
  socket.onclose = () => {
    tries += 1;
    note("The connection to the room is lost. Trying again. What was voted is kept.");
    setTimeout(connect, Math.min(4000, 250 * 2 ** Math.min(tries, 4)));
  };
}

function act(event) {
  if (!socket || socket.readyState !== WebSocket.OPEN) return note("Not done: there is no connection to the room.");
  number += 1;
  open.set(number, event);
  socket.send(JSON.stringify({ n: number, do: event }));
}

function note(sentence) { $("note").textContent = sentence; }

// Two ways to close a first vote. Which of them comes next is said by the part's prompts: the long one where they want pairs.
const TO_PAIRS = ["Close the first vote: turn to your neighbour", { kind: "stage", to: "talk" }];
const SHORT_WAY = ["Close without a second vote", { kind: "stage", to: "closed" }];

// The one thing that usually comes next: its words, and its event.
function nextStep() {
  const p = seen.projector, poll = p.poll;
  if (seen.looking) return null;  // to go on is a press of its own, on the prompts
  if (p.stage === "lobby" && seen.prompts.race_next) return askRace();
  if (p.stage === "lobby") {
    if (seen.prompts.can_begin) return ["Begin: the first scene", { kind: "begin" }];
    if (seen.prompts.part + 1 >= seen.prompts.parts.length) return ["End here: three questions", { kind: "end" }];
    if (seen.prompts.can_decide) return ["Open the vote", { kind: "ask", what: "decide" }];
    return ["End the story", { kind: "end" }];
  }
  if (p.stage === "first") return seen.prompts.pairs ? TO_PAIRS : SHORT_WAY;
  if (p.stage === "talk") return ["Open the second vote", { kind: "stage", to: "second" }];
  if (p.stage === "second") return ["Close the vote", { kind: "stage", to: "closed" }];
  if (p.stage === "closed") return ["Show the split", { kind: "stage", to: "shown" }];
  if (p.stage === "shown" && poll && (poll.kind === "decide" || poll.kind === "ask")) {
    const leading = seen.prompts.take.leading;
    if (leading.length === 1) return taking(leading[0]);
    if (!leading.length && seen.prompts.split.took.length) return ["Back to the story", { kind: "stage", to: "lobby" }];
    return ["A tie: choose below what the room goes on with", null];
  }
  if (p.stage === "shown" && p.race && !p.race.ready) return seen.race_problem ? ["Run the race once more", toWeek(1)] : ["The race is being run. A moment", null];
  if (p.stage === "shown" && p.race && p.race.week < p.race.weeks) return [p.race.week ? `Week ${p.race.week + 1} of the race` : "Start the race: week 1", toWeek(p.race.week + 1)];
  if (p.stage === "shown" && p.race && seen.prompts.race_next) return askRace();
  if (p.stage === "shown") return ["Back to the story", { kind: "stage", to: "lobby" }];
  return null;
}

// The story goes on with one of the answers, or buys one question and stays for the next.
function taking(id) {
  const more = seen.prompts.take.more && id !== "none";
  return [`${more ? "Buy, and stay for another" : "Go on with"}: ${short(id)}`, { kind: "take", choice: id, more }];
}
function toWeek(week) { return { kind: "week", poll: seen.projector.poll.id, to: week }; }

function askRace() { return [seen.prompts.race_next.away ? "The race again, with you away: vote" : "The policy race: vote", seen.prompts.race_next]; }

function short(id) {
  const choices = seen.projector.poll.choices, at = choices.findIndex((choice) => choice.id === id);
  const text = `${String.fromCharCode(65 + at)}. ${choices[at].text}`;  // the letter that people call out
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function button(text, press, disabled = false) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.disabled = disabled;
  made.addEventListener("click", press);
  return made;
}

function drawSplit(place, split) {
  place.replaceChildren();
  if (!split) return;
  const votes = (split.second ?? split.first).votes;
  const heading = document.createElement("h3");
  heading.textContent = takeaway(split, votes);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  const sures = (split.second ?? split.first).sure, anySure = Object.values(sures).some((sure) => sure !== null);
  for (const text of ["", "First vote", ...(split.second ? ["Second vote"] : []), ...(anySure ? ["How sure"] : [])]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    head.append(cell);
  }
  const body = table.createTBody();
  split.choices.forEach((choice, at) => {
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = `${String.fromCharCode(65 + at)}. ${choice.text}${split.answer === null && split.leading.includes(choice.id) ? " (most votes)" : ""}${split.took.includes(choice.id) ? " (asked)" : ""}`;
    row.append(name);
    for (const round of split.second ? [split.first, split.second] : [split.first]) row.append(bar(round.counts[choice.id], round.votes));
    const sure = sures[choice.id];
    if (anySure) row.insertCell().textContent = sure === null ? "" : `${Math.round(sure)} %`;
  });
  place.append(heading, table);
  if (split.answer !== null) {
    const said = document.createElement("p");
    said.textContent = `The answer: ${split.answer.toLocaleString("en")} ${seen.projector.poll?.unit ?? ""}. ${split.source}`;
    place.append(said);
  }
}

function bar(count, votes) {
  const cell = document.createElement("td"), share = votes ? count / votes : 0;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 14");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  rect.setAttribute("width", String(100 * share));
  rect.setAttribute("height", "14");
  svg.append(rect);
  cell.append(`${count} (${Math.round(100 * share)} %)`, svg);
  return cell;
}

function takeaway(split, votes) {
  if (!votes) return split.answer === null ? "Nobody has voted." : "Hands up: whose range held it?";
  if (split.answer !== null) return `${(split.second ?? split.first).counts.in} of ${votes} ranges hold the answer.`;
  const named = (id) => String.fromCharCode(65 + split.choices.findIndex((choice) => choice.id === id));
  const lead = split.leading.map(named).join(" and ");
  const most = (split.second ?? split.first).counts[split.leading[0]];
  const moved = split.second && !split.by_hands ? ` ${split.moved} changed their mind.` : "";
  const dissent = split.dissent ? ` ${named(split.dissent)} speaks first.` : "";
  return `${most} of ${votes}${split.leading.length > 1 ? " each" : ""} for ${lead}.${moved}${dissent}`;
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, button, summary, a") && event.key !== "PageDown" && event.key !== "PageUp") return;
  const step = seen && nextStep();
  if (["PageDown", "ArrowRight", "n"].includes(event.key) && step && step[1]) { event.preventDefault(); act(step[1]); }
  const race = seen && !seen.looking && seen.projector.stage === "shown" && seen.projector.race;
  if (["PageUp", "b"].includes(event.key) && race && race.week) { event.preventDefault(); act(toWeek(race.week - 1)); }
  if (["PageUp", "b"].includes(event.key) && seen && !seen.looking && seen.prompts.can_back && ["lobby", "ended"].includes(seen.projector.stage)) { event.preventDefault(); act({ kind: "back" }); }
});

// The projector's page is scrolled from either screen: D and U. Between two windows of one browser no server is needed.
const windows = new BroadcastChannel("leadgym-room");
function scrollProjector(way) { if (PAGE === "projector") window.scrollBy({ top: way * 0.7 * innerHeight }); else windows.postMessage({ way }); }
document.addEventListener("keydown", (event) => {
  if (!["d", "u"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
  event.preventDefault();
  scrollProjector(event.key === "d" ? 1 : -1);
});
