// A story's page plays by itself: nobody has to know what a cell is, or that there is one.
(() => {
  "use strict";
  // Each choice is kept when it is made. What the page would ask about is a notebook that is the same for everybody.
  addEventListener("beforeunload", event => event.stopImmediatePropagation(), true);

  // Lab looks for what a notebook links to among its files, where the first page is not.
  addEventListener("click", event => {
    if (!event.target.closest?.('a[href$="#all-stories"]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    location.href = "../index.html";
  }, true);

  const run = () => {
    const app = window.jupyterapp;
    const context = app?.shell?.currentWidget?.context;
    const status = context?.sessionContext?.session?.kernel?.connectionStatus;
    if (!context?.isReady || status !== "connected") {
      setTimeout(run, 200);
      return;
    }
    app.commands.execute("notebook:run-all-cells");
  };
  run();
})();
