"use strict";
// Slides in JupyterLab itself: what the property inspector calls a slide, one at a time, in the notebook's own page, so
// that widgets live. A prebuilt extension written by hand: it needs no token of Lab's and so no build step.
//
// A slide begins at a cell with slide_type "slide" or "subslide"; "fragment" comes with the next press; "skip" and
// "notes" do not show; a cell that says nothing belongs to the slide above, as in nbconvert.

(() => {
  const STYLE = new URL("slides.css", document.currentScript.src).href;
  const SMALLEST = 0.65;  // of the size that fills the window: 0.8 of the notebook's at 1280, still read in the back row

  const typeOf = (cell) => (cell.model.getMetadata("slideshow") || {}).slide_type || "";

  // [{first: cell id, steps: [[cell, ...], ...]}]: each step is what one press adds.
  function slidesOf(cells) {
    const slides = [];
    for (const cell of cells) {
      const type = typeOf(cell);
      if (type === "slide" || type === "subslide") slides.push({ first: cell.model.id, steps: [[cell]] });
      else if (type === "skip" || type === "notes" || !slides.length) continue;
      else if (type === "fragment") slides.at(-1).steps.push([cell]);
      else slides.at(-1).steps.at(-1).push(cell);
    }
    return slides;
  }

  class Show {
    constructor(app, panel, alone) {
      this.app = app;
      this.panel = panel;
      this.notebook = panel.content;
      this.alone = alone;  // opened as slides, and not from a notebook that somebody writes in
      this.at = 0;
      this.step = 0;
      this.watch = new ResizeObserver(() => this.fit());
      this.onKey = (event) => this.key(event);
      this.onPress = (event) => this.press(event);
      this.onResize = () => this.fit();
      this.clean = (model, change) => { if (change.name === "dirty" && model.dirty) model.dirty = false; };
    }

    begin(from) {
      this.slides = slidesOf(this.notebook.widgets);
      this.windowing = this.notebook.notebookConfig.windowingMode;
      // Cells far below are otherwise not in the page at all.
      if (this.windowing === "full") this.notebook.notebookConfig = { ...this.notebook.notebookConfig, windowingMode: "none" };
      document.documentElement.classList.add("leadgym-slides");
      this.panel.node.classList.add("leadgym-showing");
      this.bar = this.makeBar();
      this.panel.node.append(this.bar);
      addEventListener("keydown", this.onKey, true);
      addEventListener("dblclick", this.onPress, true);
      addEventListener("resize", this.onResize);
      for (const cell of this.notebook.widgets) if (cell.outputArea) this.watch.observe(cell.outputArea.node);
      this.go(from);
      document.activeElement?.blur();
    }

    end() {
      removeEventListener("keydown", this.onKey, true);
      removeEventListener("dblclick", this.onPress, true);
      removeEventListener("resize", this.onResize);
      this.watch.disconnect();
      this.panel.context.model.stateChanged.disconnect(this.clean);
      this.bar.remove();
      document.documentElement.classList.remove("leadgym-slides");
      this.panel.node.classList.remove("leadgym-showing");
      for (const cell of this.notebook.widgets) {
        cell.node.classList.remove("leadgym-shown");
        if (cell.outputArea) cell.outputArea.node.style.zoom = "";
      }
      if (this.windowing === "full") this.notebook.notebookConfig = { ...this.notebook.notebookConfig, windowingMode: "full" };
    }

    // To a slide by its number or by the id of its first cell.
    go(to, step = 0) {
      const place = typeof to === "string" ? this.slides.findIndex((slide) => slide.first === to) : to;
      this.at = Math.max(0, Math.min(place, this.slides.length - 1));
      this.step = step;
      this.draw();
    }

    next() {
      if (this.step + 1 < (this.slides[this.at]?.steps.length ?? 0)) this.go(this.at, this.step + 1);
      else if (this.at + 1 < this.slides.length) this.go(this.at + 1);
    }

    back() {
      if (this.step) this.go(this.at, this.step - 1);
      else if (this.at) this.go(this.at - 1, this.slides[this.at - 1].steps.length - 1);
    }

    draw() {
      const slide = this.slides[this.at];
      const shown = new Set(slide ? slide.steps.slice(0, this.step + 1).flat() : []);
      for (const cell of this.notebook.widgets) cell.node.classList.toggle("leadgym-shown", shown.has(cell));
      this.place.textContent = slide
        ? `${this.at + 1} / ${this.slides.length}`
        : "No cell of this notebook is marked as a slide. Mark some in the property inspector, the cogs on the right.";
      this.notebook.node.querySelector(".jp-WindowedPanel-outer")?.scrollTo(0, 0);
      requestAnimationFrame(() => this.fit());
    }

    // Figures take the room that the text leaves them. Text keeps its size: whoever writes too much of it sees that.
    fit() {
      const outer = this.notebook.node.querySelector(".jp-WindowedPanel-outer") ?? this.notebook.node;
      const areas = [];
      for (const cell of this.notebook.widgets)
        if (cell.outputArea && cell.node.classList.contains("leadgym-shown")) areas.push(cell.outputArea.node);
      if (!areas.length) return;
      const largest = Math.max(1, Math.min(outer.clientWidth / 960, outer.clientHeight / 540));
      const fits = (zoom) => {
        for (const area of areas) area.style.zoom = zoom;
        const bottom = Math.max(...areas.map((area) => area.getBoundingClientRect().bottom));
        return bottom <= outer.getBoundingClientRect().bottom && areas.every((area) => area.scrollWidth <= area.clientWidth + 1);
      };
      if (fits(largest)) return;
      let low = SMALLEST * largest, high = largest;
      for (let i = 0; i < 6; i += 1) { const middle = (low + high) / 2; if (fits(middle)) low = middle; else high = middle; }
      fits(low);
    }

    key(event) {
      const where = event.target, box = where.closest?.("input, textarea, select, [contenteditable=true], .cm-editor, [role=slider]");
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".jp-Dialog")) return;
      const turns = { PageDown: "next", PageUp: "back" };
      const also = { ArrowRight: "next", ArrowLeft: "back", n: "next", b: "back" };
      const act = turns[event.key] ?? (box ? undefined : also[event.key]);
      if (act) this[act]();
      else if (event.key === "Escape" && box) where.blur();
      else if (event.key === "Escape") this.app.commands.execute("leadgym:slides");
      else if (box) return;
      else if (event.key === " " && !where.closest?.("button, a, summary")) this.next();
      else if (event.key === "Home") this.go(0);
      else if (event.key === "End") this.go(this.slides.length - 1);
      else if (event.key === "f" && !document.fullscreenElement) document.documentElement.requestFullscreen?.();
      else if (event.key === "f") document.exitFullscreen();
      else {
        // Tab, Enter and Space are the widgets' own. Nothing else may reach Lab, where one letter deletes a cell.
        if (!["Tab", "Enter", " "].includes(event.key)) event.stopImmediatePropagation();
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    // A double click on a text would open it for writing.
    press(event) {
      if (event.target.closest?.(".jp-MarkdownCell")) event.stopImmediatePropagation();
    }

    makeBar() {
      const bar = document.createElement("nav"), button = (text, label, press) => {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = text;
        made.setAttribute("aria-label", label);
        made.addEventListener("click", () => { press(); made.blur(); });
        bar.append(made);
      };
      bar.className = "leadgym-slides-bar";
      bar.setAttribute("aria-label", "Slides");
      button("‹", "Slide before", () => this.back());
      this.place = document.createElement("span");
      this.place.setAttribute("role", "status");
      bar.append(this.place);
      button("›", "Next slide", () => this.next());
      button("Notebook", "Leave the slides for the notebook", () => this.app.commands.execute("leadgym:slides"));
      return bar;
    }
  }

  function activate(app) {
    const asked = new URLSearchParams(location.search);
    let show = null;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = STYLE;
    document.head.append(link);

    const toggle = async (alone = false, from = 0) => {
      if (show) { show.end(); show = null; return; }
      const panel = app.shell.currentWidget;
      if (!panel?.content?.widgets || !panel.context) return;
      await panel.context.ready;
      await panel.revealed;
      show = new Show(app, panel, alone);
      show.begin(from);
      panel.disposed.connect(() => { show?.end(); show = null; });
      if (alone) {
        // The figures have to be drawn; what they draw is not written into the file, where another tab may have it open.
        await panel.sessionContext.ready;
        panel.context.model.stateChanged.connect(show.clean);
        await app.commands.execute("notebook:run-all-cells");
        show?.fit();
        document.documentElement.dataset.leadgymSlides = "ready";
      }
    };
    app.commands.addCommand("leadgym:slides", {
      label: "Slides",
      caption: "Show the cells marked as slides, one slide at a time",
      isEnabled: () => Boolean(app.shell.currentWidget?.content?.widgets),
      isToggled: () => show !== null,
      execute: () => toggle(),
    });
    if (asked.has("slides")) {
      let from = asked.get("slides") || 0, begun = false;
      const begin = () => {
        if (begun || !app.shell.currentWidget?.content?.widgets) return;
        begun = true;
        app.shell.currentChanged.disconnect(begin);
        void toggle(true, from);
      };
      // For the room's prompts, in another tab: to a slide of the lesson that is here. False is another lesson.
      const path = decodeURIComponent(location.pathname);
      window.leadgymSlides = {
        turn(lesson, slide) {
          if (!path.endsWith(`/${lesson}`)) return false;
          if (show) show.go(slide);
          else if (begun) void toggle(false, slide);
          else from = slide;
          return true;
        },
      };
      void app.restored.then(() => { app.shell.currentChanged.connect(begin); begin(); });
    }
  }

  const plugin = { id: "leadgym-slides:plugin", autoStart: true, activate };
  (window._JUPYTERLAB ??= {})["leadgym-slides"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
