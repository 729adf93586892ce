// The tabs of the panel below the drawing.

class Tabs {
  constructor(tabs, changed) {
    this.changed = changed;
    this.tabs = tabs.map(([name, text, view]) => {
      const id = newId();
      view.id = newId();
      view.setAttribute("role", "tabpanel");
      view.tabIndex = 0;
      view.setAttribute("aria-labelledby", id);
      const button = make("button", { type: "button", role: "tab", id, class: "tab", text, "data-tab": name, "aria-controls": view.id });
      button.addEventListener("click", () => this.choose(name));
      button.addEventListener("keydown", (event) => this.key(event));
      return { name, button, view };
    });
    part("tabs").append(...this.tabs.map(({ button }) => button));
    part("views").append(...this.tabs.map(({ view }) => view));
    this.select("step");
  }

  choose(name) {
    this.select(name);
    this.changed();
  }

  select(name) {
    this.current = name;
    for (const tab of this.tabs) {
      const isCurrent = tab.name === name;
      tab.button.setAttribute("aria-selected", String(isCurrent));
      tab.button.tabIndex = isCurrent ? 0 : -1;
      tab.view.hidden = !isCurrent;
    }
  }

  key(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const at = this.tabs.findIndex(({ name }) => name === this.current);
    const next = this.tabs[(at + move + this.tabs.length) % this.tabs.length];
    this.choose(next.name);
    next.button.focus();
  }
}
