"use strict";
// The facilitator's own screen: time, prompts, and everything that can be pressed.

const SPLIT = $("split");
let ends = 0, handsFor = "", counting = false, playing = null, place = "", since = 0;

function drawPage({ projector: p, prompts: q, join, lab, facts, looking, race_problem: problem }) {
  $("title").textContent = `${p.title}: ${p.people} in the room, code ${join.code}`;
  ends = Date.now() + q.left * 1000;
  $("part").textContent = `${q.parts[q.part].name} (${q.parts[q.part].minutes} min)`;
  $("parts").replaceChildren(
    ...(q.part === 0 ? [button(q.clock ? "Start the clock again" : "Start the clock", () => act({ kind: "segment", number: 0 }))] : []),
    button("Part before", () => act({ kind: "segment", number: q.part - 1 }), q.part === 0),
    button("Next part", () => act({ kind: "segment", number: q.part + 1 }), q.part + 1 >= q.parts.length),
  );
  $("lesson").href = `../../lab/tree/${lab}course/${q.module}/lesson.ipynb`;
  const slide = q.parts[q.part].slide;
  $("slides").hidden = !slide;
  $("slides").href = `../../doc/tree/${lab}course/${q.module}/lesson.ipynb?reset&slides=${slide}`;
  $("said").innerHTML = q.prompts;  // the module's own prompts, cleaned by the server
  $("where").textContent = looking ? "This room is past its time and open for looking only: nothing changes in it, and no phone gets in. The page to send round is below. To go on with it, with everybody's place and for four hours more, press the button." : `${where(p, q)} ${problem}`;
  const step = nextStep(), steps = [];
  const now = `${p.stage}/${q.poll ? q.poll.id : ""}`;
  if (now !== place) { place = now; since = Date.now(); }
  if (step) steps.push(button(step[0], () => step[1] && act(step[1]), !step[1]));
  if (p.stage === "ended") steps.push(button("The page to send round", () => $("after").click()));
  if (steps.length) steps[0].classList.add("next");
  steps.push(SPLIT);  // what only the facilitator sees stands above what they choose from
  if (q.can_begin) steps.push(button("Open the vote", () => act({ kind: "ask", what: "decide" })));
  if (p.stage === "lobby" && q.can_decide && !q.can_begin && step?.[1]?.what !== "decide") steps.push(button("Open the vote: the story goes on", () => act({ kind: "ask", what: "decide" })));
  if (p.stage !== "shown" || !p.race || p.race.week === p.race.weeks) stop();
  if (p.stage === "shown" && p.race && p.race.ready && !looking) {
    if (playing) steps.push(button("Stop the weeks", () => { stop(); drawPage(seen); }));
    else if (p.race.week < p.race.weeks) steps.push(button("Play the weeks", () => { playing = setInterval(() => act(toWeek(seen.projector.race.week + 1)), 1500); act(toWeek(p.race.week + 1)); }));
    if (p.race.week) steps.push(button("Back by one week", () => act(toWeek(p.race.week - 1))));
    if (p.race.week && p.race.week < p.race.weeks) steps.push(button("To the last week", () => act(toWeek(p.race.weeks))));
  }
  if (q.can_ask) steps.push(button("Let the room buy a question first", () => act({ kind: "ask", what: "ask" })));
  if (["first", "talk"].includes(p.stage)) for (const [words, event] of [SHORT_WAY, ...(p.stage === "first" ? [TO_PAIRS] : [])]) if (words !== step?.[0]) steps.push(button(words, () => act(event)));
  const bought = Boolean(q.split && q.split.took.length);
  if ((p.stage === "closed" || p.stage === "talk") && !bought) steps.push(button("Open the vote once more", () => act({ kind: "stage", to: q.split.second ? "second" : "first" })));
  if (["closed", "shown"].includes(p.stage) && !(step && step[1] && step[1].to === "lobby")) steps.push(button(bought ? "Back to the story" : "Back to the story, nothing chosen", () => act({ kind: "stage", to: "lobby" })));
  if (p.stage === "shown" && !q.split.second && !bought && !(p.race && p.race.week)) steps.push(button("Talk and vote again", () => act({ kind: "stage", to: "talk" })));
  if (["closed", "shown"].includes(p.stage) && q.take)
    for (const id of q.take.on_offer) if (!(step && step[1] && step[1].choice === id)) { const [words, event] = taking(id); steps.push(button(words, () => act(event))); }
  for (const one of q.organisations) if (one.id === q.second) {
    steps.push(button(`Once more, same answers: ${one.label}`, () => act({ kind: "organisation", variant: one.id, same: true })));
    steps.push(button(`Once more, from the beginning: ${one.label}`, () => act({ kind: "organisation", variant: one.id, same: false })));
  }
  if (q.hands && !looking) steps.push(button(counting ? "Put the count of hands away (H)" : "Count hands (H)", count));
  if (["lobby", "ended"].includes(p.stage)) steps.push(button("Back by one step", () => act({ kind: "back" }), !q.can_back));
  if (["lobby", "shown", "closed"].includes(p.stage) && step?.[1]?.kind !== "end") steps.push(button("End here: three questions", () => act({ kind: "end" })));
  if (p.stage !== "over") steps.push(button("Close the room", () => { if (confirm("Close the room for everybody? The page to send round is kept.")) act({ kind: "close" }); }));
  if (looking) steps.splice(0, steps.length, button("Go on with this room", () => act({ kind: "again" })), SPLIT, steps.at(-1));
  if (looking) steps[0].classList.add("next");
  $("steps").replaceChildren(...steps);
  for (const fold of document.querySelectorAll("details, #parts")) fold.hidden = Boolean(looking);
  drawSplit(SPLIT, q.split && p.stage !== "first" ? q.split : null);
  const asks = q.hands ? `${q.hands.poll}/${q.hands.round}` : "";
  if (asks !== handsFor) {
    handsFor = asks;
    counting = false;
    $("counts").replaceChildren(...(q.hands?.choices ?? []).map((choice, at) => {
      const label = document.createElement("label"), input = document.createElement("input");
      input.type = "number"; input.min = "0"; input.max = "1000"; input.value = "0"; input.name = choice.id;
      label.append(`${String.fromCharCode(65 + at)}. ${choice.text} `, input);
      return label;
    }));
  }
  $("hands").hidden = !counting;
  if (!$("facts").childElementCount) $("facts").replaceChildren(...facts.map(([id, text]) => button(text, () => act({ kind: "ask", what: "range", fact: id }))));
  $("policies").hidden = Boolean(looking) || !q.races.length;
  $("races").replaceChildren(...q.races.map((race) => button(race.label, () => act(race.event))));
  $("others").hidden = Boolean(looking) || !q.organisations.length;
  $("organisations").replaceChildren(...q.organisations.flatMap((one) => [true, false].map((same) => button(`${one.label}: ${same ? "the same answers" : "from the beginning"}`, () => act({ kind: "organisation", variant: one.id, same })))));
  $("how").textContent = [join.sentence, join.address && `First: ${join.address}`, ...join.others].filter(Boolean).join(" ");
}

function stop() { clearInterval(playing); playing = null; }

function where(p, q) {
  if (p.stage === "shown" && p.race && p.race.week) return `The race is shown, week ${p.race.week} of ${p.race.weeks}. ${p.race.told}`;
  const voted = q.voted === null ? "" : ` ${q.voted} of ${p.people} have voted.`;
  return { lobby: q.can_begin ? "How to join and who is who are on the screen." : "The story is on the screen.", first: "First vote, alone.", talk: "Neighbours talk.", second: "Second vote.", closed: "The vote is closed; nobody sees the split yet but you.", shown: "The split is shown.", ended: "The end: the questions are on the screen.", over: "The room is closed." }[p.stage] + voted;
}

$("hands").addEventListener("submit", (event) => {
  event.preventDefault();
  const counts = Object.fromEntries([...$("counts").querySelectorAll("input")].map((input) => [input.name, Number(input.value)]));
  act({ kind: "hands", poll: seen.prompts.hands.poll, round: seen.prompts.hands.round, counts });
  count();
});

// The form for hands, opened and put away.
function count() {
  counting = !counting;
  drawPage(seen);
  if (counting) $("counts").querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  const away = event.key === "Escape" && counting, typed = event.target.closest("input, textarea") || event.ctrlKey || event.metaKey || event.altKey;
  if (seen?.prompts.hands && !seen.looking && (away || (event.key === "h" && !typed))) { event.preventDefault(); count(); }
});

$("free").addEventListener("submit", (event) => {
  event.preventDefault();
  act({ kind: "ask", what: "free", question: $("own").value, choices: $("answers").value.split("\n").map((line) => line.trim()).filter(Boolean) });
  $("free").reset();
});

windows.addEventListener("message", ({ data }) => { if ("below" in data) $("below").hidden = !data.below; });
// A tab that has this lesson's slides turns to the part's slide. Loading it again would run the lesson again.
$("slides").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { module, parts, part } = seen.prompts, { lab } = seen, tab = window.open("", event.currentTarget.target);
  try {
    if (!tab.leadgymSlides.turn(`${lab}course/${module}/lesson.ipynb`, parts[part].slide)) return;
  } catch { return; }  // a new tab, or one that has gone elsewhere: the link loads it
  tab.focus();
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "s" && seen && !$("slides").hidden) { event.preventDefault(); $("slides").click(); }
});

function minutes(seconds) { return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; }

function tick() {
  if (seen) {
    const left = Math.round((ends - Date.now()) / 1000), over = left < 0, t = Math.abs(left);
    const behind = Math.round(seen.prompts.behind / 60);
    const ago = Math.round((Date.now() - since) / 1000), timed = ["first", "talk", "second"].includes(seen.projector.stage);
    $("since").textContent = timed ? `${minutes(ago)} so far.` : "";
    $("clock").textContent = seen.looking ? "" : !seen.prompts.clock ? "The clock has not started" : `${over ? "Over by " : ""}${minutes(t)}${over ? "" : " left"}${behind > 0 ? `, ${behind} min behind` : behind < 0 ? `, ${-behind} min ahead` : ""}`;
  }
  setTimeout(tick, 500);
}

connect();
tick();
