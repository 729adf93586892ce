// What axe-core finds in the theme: areas that scroll have to be reachable by the keyboard, each
// navigation has a name of its own, and an empty cell heads no column.
function mend() {
  document.querySelectorAll("nav.md-code__nav, .md-nav .md-nav").forEach((nav, i) => {
    const title = nav.querySelector(".md-nav__title")?.textContent.trim() ?? "Code";
    nav.removeAttribute("aria-labelledby");
    nav.setAttribute("aria-label", `${title} ${i}`);
  });
  for (const area of document.querySelectorAll("pre > code, .formula, .display, .display > div, .md-typeset__scrollwrap")) {
    area.tabIndex = 0;
  }
  for (const head of document.querySelectorAll("th:empty")) {
    head.replaceWith(document.createElement("td"));
  }
}

mend();
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
