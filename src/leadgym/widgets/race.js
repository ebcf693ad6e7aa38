// ipywidgets leave a slider's handle without a name and with a bare number: both are said here.
(() => {
  const set = (node, name, text) => node.getAttribute(name) !== text && node.setAttribute(name, text);
  const say = slider => {
    const handle = slider.querySelector(".noUi-handle");
    set(handle, "aria-label", slider.querySelector(".widget-label").textContent);
    set(handle, "aria-valuetext", slider.querySelector(".widget-readout").textContent);
  };
  const waiting = setInterval(() => {
    const races = [...document.querySelectorAll(".leadgym-race:not([data-leadgym-ready])")];
    const ready = races.filter(race => race.querySelectorAll(".noUi-handle").length === 2);
    for (const race of ready) {
      race.dataset.leadgymReady = "";
      for (const slider of race.querySelectorAll(".widget-slider")) {
        say(slider);
        new MutationObserver(() => say(slider)).observe(slider, {
          subtree: true, childList: true, characterData: true, attributeFilter: ["aria-valuetext"],
        });
      }
    }
    if (ready.length) clearInterval(waiting);
  }, 100);
})();
