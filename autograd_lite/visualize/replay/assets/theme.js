// Light or dark: what the reader's system prefers, until the button is pressed.

class Theme {
  constructor(wanted, changed) {
    this.wanted = wanted;
    this.changed = changed;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.apply());
    this.button = part("theme");
    this.button.addEventListener("click", () => {
      this.wanted = this.current === "dark" ? "light" : "dark";
      this.apply();
    });
    this.set();
  }

  get current() {
    if (this.wanted !== "auto") return this.wanted;
    return this.dark.matches ? "dark" : "light";
  }

  set() {
    document.documentElement.dataset.theme = this.current;
    const other = this.current === "dark" ? "light" : "dark";
    this.button.textContent = this.current === "dark" ? "☀" : "☾";
    this.button.setAttribute("aria-label", `Use the ${other} theme`);
    this.button.title = `Use the ${other} theme`;
  }

  apply() {
    this.set();
    this.changed();
  }
}
