"use strict";
// What everybody sees. Nothing here shows a vote before the split is shown: the server does not send it.

let place = "";

function drawPage({ projector: p, join, looking }) {
  $("title").textContent = p.title;
  $("way").textContent = looking ? "Opened for looking" : join.address ? `${join.address.replace(/^https?:\/\//, "").replace(/\/\?.*$/, "")}   ${join.code}   ${p.people} in the room` : `${p.people} in the room`;
  $("lobby").hidden = Boolean(looking) || !(p.stage === "lobby" && p.premise !== "");
  $("qr").innerHTML = join.qr;  // drawn by the server
  showAddress(join.address);
  $("code").textContent = join.code;
  $("people").textContent = `${p.people} ${p.people === 1 ? "person is" : "people are"} in.`;
  $("other").textContent = [join.others.length ? `Other addresses of this machine: ${join.others.join(", ")}.` : "", join.sentence].join(" ");
  $("poll").hidden = !p.poll || p.stage === "shown";
  if (p.poll) {
    $("question").textContent = p.poll.question;
    $("choices").replaceChildren(...p.poll.choices.map((choice) => { const item = document.createElement("li"); item.textContent = choice.text; return item; }));
    $("voted").textContent = p.voted === null ? { talk: "Turn to your neighbour.", closed: "The vote is closed." }[p.stage] ?? "" : `${p.voted} of ${p.people} have voted${p.stage === "second" ? " again" : ""}.`;
  }
  const week = p.race ? p.race.week : 0;
  $("race").hidden = !week;
  if (week) { $("weeks").innerHTML = p.race.html; $("guessed").textContent = p.race.told; }  // drawn by the server
  document.body.classList.toggle("racing", Boolean(p.race));
  $("split").hidden = !p.split || week > 0;
  drawSplit($("split"), p.split);
  $("story").innerHTML = p.stage === "over" ? "<h1>This room is closed.</h1>" : p.premise ? p.premise : p.heading + p.scene + p.answers;
  $("meters").innerHTML = p.premise || p.debrief.length || p.stage === "over" ? "" : p.meters;
  $("debrief").hidden = !p.debrief.length;
  if ($("compared").dataset.of !== p.compared) { $("compared").dataset.of = p.compared; $("compared").innerHTML = p.compared; }
  $("questions").replaceChildren(...p.debrief.map((text) => { const item = document.createElement("li"); item.textContent = text; return item; }));
  $("monday").textContent = p.monday;
  $("prompts").hidden = $("lobby").hidden && !looking;
  const step = nextStep();
  $("bar").replaceChildren();
  if (step && step[1] && p.stage !== "ended") $("bar").append(button(step[0], () => act(step[1])));
  document.body.classList.toggle("asking", Boolean(p.poll));
  document.body.classList.toggle("lobby", (p.premise !== "" && !p.poll) || p.stage === "over");
  // A long consequence takes the whole width, so that the room can read it without anybody scrolling.
  document.body.classList.remove("long");
  document.body.classList.toggle("long", p.stage === "lobby" && p.premise === "" && $("story").getBoundingClientRect().height > 0.85 * innerHeight);
  const now = `${p.stage}/${p.poll ? p.poll.id : ""}/${p.heading}`;
  if (now !== place) { place = now; window.scrollTo(0, 0); }
  more();
}

// To be typed: without what a phone adds itself where there is no port, and broken after a slash if at all.
function showAddress(address) {
  const shown = address.replace(/^https:\/\/(?=[^:]*$)/, "");
  $("address").classList.toggle("long", shown.length > 30);
  $("address").replaceChildren(...shown.split(/(?<=[^/]\/)/).flatMap((part) => [part, document.createElement("wbr")]));
}

// Whether there is text below the window, for the room and for the prompts.
function more() {
  const below = document.documentElement.scrollHeight - innerHeight - scrollY > 0.5 * parseFloat(getComputedStyle($("story")).fontSize) + 96;
  $("more").hidden = !below;
  windows.postMessage({ below });
}
addEventListener("scroll", more);
addEventListener("resize", more);
windows.addEventListener("message", ({ data }) => { if (data.way) scrollProjector(data.way); });

connect();
