// A story's page plays by itself: nobody has to know what a cell is, or that there is one.
(() => {
  "use strict";
  // Each choice is kept when it is made. What the page would ask about is a notebook that is the same for everybody.
  addEventListener("beforeunload", event => event.stopImmediatePropagation(), true);

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
