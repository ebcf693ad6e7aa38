(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const about = JSON.parse($("about").textContent);
  const KEPT = `leadgym-panel:${about.module}:${about.answer}:${about.version}`;
  const sections = new Map([...document.querySelectorAll("[data-item]")].map((one) => [one.dataset.item, one]));
  const groups = (section) => [...section.querySelectorAll("fieldset")];
  const chosen = (group) => group.querySelector("input:checked");
  let expert = "";

  // The same as asked.py's: an order that the name settles and nobody else shares.
  const mixed = (text) => {
    let found = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(text)) found = Math.imul(found ^ byte, 0x01000193);
    found = Math.imul(found ^ (found >>> 16), 0x85ebca6b);
    found = Math.imul(found ^ (found >>> 13), 0xc2b2ae35);
    return (found ^ (found >>> 16)) >>> 0;
  };
  const clean = (name) => name.replace(/\s+/g, " ").trim();
  const order = (ids, where) => {
    const keyed = ids.map((id) => [mixed(`${id}/${where}/${expert.toLowerCase()}`), id]);
    return keyed.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).map((one) => one[1]);
  };

  const say = (place, text) => { $(place).textContent = text; };

  const read = () => {
    const items = {};
    for (const [id, section] of sections) {
      const ratings = {};
      for (const group of groups(section)) {
        const input = chosen(group);
        if (input) ratings[group.dataset.option] = input.value ? Number(input.value) : null;
      }
      const shown = groups(section).map((group) => group.dataset.option);
      items[id] = { wording: section.dataset.wording, order: shown, ratings, words: section.querySelector("textarea").value.trim() };
    }
    return {
      leadgym_panel: 1, module: about.module, answer: about.answer, version: about.version, expert,
      role: $("role").value, saved: new Date().toISOString(), items,
    };
  };

  const keep = () => {
    try {
      localStorage.setItem(KEPT, JSON.stringify(read()));
      return true;
    } catch {
      say("kept", "This browser keeps nothing. Do it in one go, or save the file half way and load it here again.");
      return false;
    }
  };

  const count = () => {
    const all = [...sections.values()].flatMap(groups);
    const open = all.filter((group) => !chosen(group));
    for (const group of all) group.toggleAttribute("data-open", !chosen(group));
    say("count", `${all.length - open.length} of ${all.length} options done.`);
    $("next").hidden = !open.length;
    return open.length;
  };

  const begin = () => {
    $("expert").value = expert;
    $("expert").readOnly = true;
    $("begin").hidden = true;
    $("load-part").hidden = true;
    $("locked").hidden = false;
    const shown = order([...sections.keys()], "");
    shown.forEach((id, place) => {
      const section = sections.get(id);
      section.querySelector("h2").textContent = `Situation ${place + 1} of ${shown.length}`;
      const steps = new Map(groups(section).map((group) => [group.dataset.option, group]));
      const list = section.querySelector(".options");
      for (const option of order([...steps.keys()], id)) list.append(steps.get(option));
      $("items").append(section);
    });
    $("items").hidden = $("end").hidden = $("bar").hidden = false;
    count();
  };

  // What was kept or loaded is data of unknown make: only what fits is taken. Gives how many items have other words by now.
  const fill = (given) => {
    let changed = 0;
    $("role").value = about.roles.includes(given.role) ? given.role : "";
    for (const [id, section] of sections) {
      const one = given.items?.[id];
      if (!one || typeof one !== "object") continue;
      if (one.wording !== section.dataset.wording) { changed += 1; continue; }
      for (const group of groups(section)) {
        const option = group.dataset.option;
        if (!one.ratings || !Object.hasOwn(one.ratings, option)) continue;
        const value = one.ratings[option] === null ? "" : String(one.ratings[option]);
        for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
      }
      if (typeof one.words === "string") section.querySelector("textarea").value = one.words.slice(0, 1000);
    }
    return changed;
  };

  const resume = (given, where) => {
    if (given?.leadgym_panel !== 1 || given.module !== about.module || given.answer !== about.answer
        || typeof given.expert !== "string" || !clean(given.expert)) return false;
    expert = clean(given.expert).slice(0, 80);
    const changed = fill(given);
    begin();
    const other = changed ? ` ${changed} of the situations ${changed > 1 ? "have" : "has"} other words by now: rate again.` : "";
    say("back", `${where}${other}`);
    return true;
  };

  const saveFile = () => {
    const left = count();
    const text = JSON.stringify(read(), null, 1) + "\n";
    const name = `panel-${about.module}-${expert.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "form"}.json`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    $("text").value = text;
    const whole = left ? `${left} options are still open; you can save again at any time.` : "Every option is done.";
    say("said", `Saved as ${name}, where this device puts downloads. ${whole} ${about.contact}`.trim());
  };

  $("begin").addEventListener("click", () => {
    expert = clean($("expert").value);
    if (!expert) {
      say("back", "Write your name or a code first: the order you see the options in hangs on it.");
      $("expert").focus();
      return;
    }
    begin();
    say("back", "");
    keep();
    const first = $("items").querySelector("h2");
    first.focus();
    first.scrollIntoView();
  });
  $("expert").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !expert) $("begin").click();
  });
  $("load").addEventListener("change", async () => {
    const file = $("load").files[0];
    if (!file) return;
    let given = null;
    try { given = JSON.parse(await file.text()); } catch { /* said below */ }
    $("load").value = "";
    if (resume(given, `${file.name} is loaded.`)) keep();
    else say("back", `${file.name} is not a file that this form saved. Choose another.`);
  });
  document.addEventListener("input", (event) => {
    if (!expert || event.target.id === "text") return;
    count();
    keep();
  });
  $("next").addEventListener("click", () => {
    const group = [...$("items").querySelectorAll("fieldset")].find((one) => !chosen(one));
    if (!group) return;
    group.scrollIntoView({ block: "center" });
    group.querySelector("input").focus({ preventScroll: true });
  });
  $("save").addEventListener("click", saveFile);
  $("copy").addEventListener("click", async () => {
    $("text").value = JSON.stringify(read(), null, 1) + "\n";
    $("text").select();
    let done = true;
    try { await navigator.clipboard.writeText($("text").value); } catch { done = document.execCommand("copy"); }
    say("copied", done ? "Copied. Paste it into a message." : "Mark the text above and copy it by hand.");
  });
  $("over").addEventListener("click", () => {
    if (!window.confirm("Forget every rating and remark on this device? A file that you saved stays.")) return;
    try { localStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
    window.location.reload();
  });

  // A browser puts old values back into a page that is loaded again; ours are the ones that count.
  for (const input of document.querySelectorAll("input[type=radio]")) input.checked = false;
  for (const area of document.querySelectorAll("textarea")) area.value = "";
  $("form").hidden = false;
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    if (kept) resume(kept, "What you did on this device is back. Go on where you stopped.");
  } catch {
    say("kept", "This browser keeps nothing. Do it in one go, or save the file half way and load it here again.");
  }
})();
