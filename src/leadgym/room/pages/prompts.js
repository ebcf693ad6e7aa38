"use strict";
// The facilitator's own screen: time, prompts, and everything that can be pressed.

let ends = 0, handsFor = "", playing = null;

function drawPage({ projector: p, prompts: q, join, facts, race_problem: problem }) {
  $("title").textContent = `${p.title}: ${p.people} in the room, code ${join.code}`;
  ends = Date.now() + q.left * 1000;
  $("part").textContent = `${q.parts[q.part].name} (${q.parts[q.part].minutes} min)`;
  $("parts").replaceChildren(
    ...(q.part === 0 ? [button("Start the clock", () => act({ kind: "segment", number: 0 }))] : []),
    button("Part before", () => act({ kind: "segment", number: q.part - 1 }), q.part === 0),
    button("Next part", () => act({ kind: "segment", number: q.part + 1 }), q.part + 1 >= q.parts.length),
  );
  $("lesson").href = `../../lab/tree/course/${q.module}/lesson.ipynb`;
  $("said").innerHTML = q.prompts;  // the module's own prompts, cleaned by the server
  $("where").textContent = `${where(p, q)} ${problem}`;
  const step = nextStep(), steps = [];
  if (step) steps.push(button(step[0], () => step[1] && act(step[1]), !step[1]));
  if (p.stage === "lobby" && q.race_next && q.can_decide) steps.push(button("Open the vote: the story goes on", () => act({ kind: "ask", what: "decide" })));
  if (p.stage !== "shown" || !p.race || p.race.week === p.race.weeks) stop();
  if (p.stage === "shown" && p.race && p.race.ready) {
    if (playing) steps.push(button("Stop the weeks", () => { stop(); drawPage(seen); }));
    else if (p.race.week < p.race.weeks) steps.push(button("Play the weeks", () => { playing = setInterval(() => act(toWeek(seen.projector.race.week + 1)), 1500); act(toWeek(p.race.week + 1)); }));
    if (p.race.week) steps.push(button("Back by one week", () => act(toWeek(p.race.week - 1))));
    if (p.race.week && p.race.week < p.race.weeks) steps.push(button("To the last week", () => act(toWeek(p.race.weeks))));
  }
  if (q.can_ask) steps.push(button("Let the room buy a question first", () => act({ kind: "ask", what: "ask" })));
  if (["first", "talk"].includes(p.stage)) steps.push(button("Close without a second vote", () => act({ kind: "stage", to: "closed" })));
  if (p.stage === "closed") steps.push(button("Open the vote once more", () => act({ kind: "stage", to: q.split.second ? "second" : "first" })));
  if (["closed", "shown"].includes(p.stage) && !(step && step[1] && step[1].to === "lobby")) steps.push(button("Back to the story, nothing chosen", () => act({ kind: "stage", to: "lobby" })));
  if (p.stage === "shown" && !q.split.second && !(p.race && p.race.week)) steps.push(button("Talk and vote again", () => act({ kind: "stage", to: "talk" })));
  if (["closed", "shown"].includes(p.stage) && ["decide", "ask"].includes(p.poll.kind))
    for (const choice of p.poll.choices) if (!(step && step[1] && step[1].choice === choice.id)) steps.push(button(`Go on with: ${short(choice.id)}`, () => act({ kind: "take", choice: choice.id })));
  for (const one of q.organisations) if (one.id === q.second) {
    steps.push(button(`Once more, same answers: ${one.label}`, () => act({ kind: "organisation", variant: one.id, same: true })));
    steps.push(button(`Once more, from the beginning: ${one.label}`, () => act({ kind: "organisation", variant: one.id, same: false })));
  }
  if (["lobby", "ended"].includes(p.stage)) steps.push(button("Back by one step", () => act({ kind: "back" }), !q.can_back));
  if (["lobby", "shown", "closed"].includes(p.stage)) steps.push(button("End here: three questions", () => act({ kind: "end" })));
  if (p.stage !== "over") steps.push(button("Close the room", () => { if (confirm("Close the room for everybody? The page to send round is kept.")) act({ kind: "close" }); }));
  $("steps").replaceChildren(...steps);
  drawSplit($("split"), q.split && p.stage !== "first" ? q.split : null);
  const counting = Boolean(p.poll) && p.stage !== "shown" && p.poll.kind !== "range";
  $("hands").hidden = !counting;
  const round = q.split && (p.stage === "second" || q.split.second) ? "second" : "first";
  if (counting && handsFor !== `${p.poll.id}/${round}`) {
    handsFor = `${p.poll.id}/${round}`;
    $("hands").dataset.round = round;
    $("counts").replaceChildren(...p.poll.choices.map((choice, at) => {
      const label = document.createElement("label"), input = document.createElement("input");
      input.type = "number"; input.min = "0"; input.max = "1000"; input.value = "0"; input.name = choice.id;
      label.append(`${String.fromCharCode(65 + at)}. ${choice.text} `, input);
      return label;
    }));
  }
  if (!$("facts").childElementCount) $("facts").replaceChildren(...facts.map(([id, text]) => button(text, () => act({ kind: "ask", what: "range", fact: id }))));
  $("policies").hidden = !q.races.length;
  $("races").replaceChildren(...q.races.map((race) => button(race.label, () => act(race.event))));
  $("others").hidden = !q.organisations.length;
  $("organisations").replaceChildren(...q.organisations.flatMap((one) => [true, false].map((same) => button(`${one.label}: ${same ? "the same answers" : "from the beginning"}`, () => act({ kind: "organisation", variant: one.id, same })))));
  $("how").textContent = [join.sentence, join.address && `First: ${join.address}`, ...join.others].filter(Boolean).join(" ");
}

function stop() { clearInterval(playing); playing = null; }

function where(p, q) {
  if (p.stage === "shown" && p.race && p.race.week) return `The race is shown, week ${p.race.week} of ${p.race.weeks}. ${p.race.told}`;
  const voted = q.voted === null ? "" : ` ${q.voted} of ${p.people} have voted.`;
  return { lobby: "The story is on the screen.", first: "First vote, alone.", talk: "Neighbours talk.", second: "Second vote.", closed: "The vote is closed; nobody sees the split yet but you.", shown: "The split is shown.", ended: "The end: the questions are on the screen.", over: "The room is closed." }[p.stage] + voted;
}

$("hands").addEventListener("submit", (event) => {
  event.preventDefault();
  const counts = Object.fromEntries([...$("counts").querySelectorAll("input")].map((input) => [input.name, Number(input.value)]));
  act({ kind: "hands", poll: seen.projector.poll.id, round: $("hands").dataset.round, counts });
});

$("free").addEventListener("submit", (event) => {
  event.preventDefault();
  act({ kind: "ask", what: "free", question: $("own").value, choices: $("answers").value.split("\n").map((line) => line.trim()).filter(Boolean) });
  $("free").reset();
});

function tick() {
  if (seen) {
    const left = Math.round((ends - Date.now()) / 1000), over = left < 0, t = Math.abs(left);
    const behind = Math.round(seen.prompts.behind / 60);
    $("clock").textContent = `${over ? "Over by " : ""}${Math.floor(t / 60)}:${String(t % 60).padStart(2, "0")}${over ? "" : " left"}${behind > 0 ? `, ${behind} min behind` : behind < 0 ? `, ${-behind} min ahead` : ""}`;
  }
  setTimeout(tick, 500);
}

connect();
tick();
