// The quiz: the result of the next backward step is hidden, and the learner types one entry of it,
// or only its sign.

const TOLERANCE = 0.02; // of the value: the factors are shown with 4 digits at most

class Question {
  constructor(at, step, row, column, worked) {
    Object.assign(this, { at, step, row, column, worked });
    this.isOpen = true;
  }

  /** "right", "sign" for the right sign alone, "wrong", or "unclear" for no number. */
  check(text) {
    const { result } = this.worked;
    const typed = text.trim().replaceAll("−", "-");
    if (typed === "+" || typed === "-") {
      return result !== 0 && Math.sign(result) === (typed === "+" ? 1 : -1) ? "sign" : "wrong";
    }
    const number = typedNumber(text);
    if (Number.isNaN(number)) return "unclear";
    return Math.abs(number - result) <= TOLERANCE * Math.abs(result) ? "right" : "wrong";
  }
}

class QuizPanel {
  /** @param actions ask(question): show it; answered(): show what was hidden; goTo(index) */
  constructor(graph, timeline, stepPanel, actions) {
    Object.assign(this, { graph, timeline, stepPanel, actions });
    this.view = make("div", { class: "view quiz-view" });
    this.question = null;
    this.right = 0;
    this.asked = 0;
  }

  /** Asks about the first step after `at` whose numbers suffice to answer. */
  start(at) {
    this.question = this.next(at + 1) ?? this.next(this.timeline.seedAt + 1);
    if (this.question === null) {
      const why = this.graph.hasGradients ? "No step can be computed from the numbers shown." : "No gradients were computed, so there is nothing to ask.";
      this.view.replaceChildren(paragraph(why, "quiet"));
      return;
    }
    this.actions.ask(this.question);
    this.render();
    this.input.focus({ preventScroll: true });
  }

  next(from) {
    for (let at = from; at < this.timeline.steps.length; at++) {
      const step = this.timeline.steps[at];
      if (!step.contribution) continue;
      const result = this.stepPanel.resultOf(step);
      if (!result?.values?.length) continue;
      const [row, column] = this.entryToAsk(result, at);
      const worked = workedEntry(this.graph, step, row, column);
      if (worked && Number.isFinite(worked.result)) return new Question(at, step, row, column, worked);
    }
    return null;
  }

  /** Another entry at each step; mostly one that is not zero. */
  entryToAsk(result, at) {
    const entries = result.rows.flatMap((_, row) => result.columns.map((_, column) => [row, column]));
    const telling = entries.filter(([row, column]) => result.at(row, column) !== 0);
    const from = telling.length && at % 4 ? telling : entries;
    return from[(at * 7919) % from.length];
  }

  render() {
    const { step, row, column } = this.question;
    const result = this.stepPanel.resultOf(step);
    const place = result.indexText(row, column);
    const what = { product: "the product", unbroadcast: "the sum", add: "the gradient after" }[step.phase];
    this.input = make("input", { class: "answer", type: "text", inputmode: "text", autocomplete: "off", "aria-label": "Your answer: a number, or + or − for its sign" });
    this.verdict = make("p", { class: "verdict", role: "status" });
    const check = make("button", { type: "submit", class: "check", text: "Check" });
    this.following = make("button", { type: "button", class: "following", text: "Next question" });
    this.following.addEventListener("click", () => this.start(this.question.at));
    const give = make("button", { type: "button", class: "give-up", text: "Show me" });
    give.addEventListener("click", () => this.reveal());
    const form = make("form", { class: "question" }, make("label", {}, make("span", { text: `What is ${place ? `entry ${place} of ` : ""}${what}?` }), this.input), check, give, this.following);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.answer();
    });
    this.stepPanel.render({ first: this.question.at, last: this.question.at, group: null }, this.question.isOpen ? this.question : null);
    if (this.question.isOpen) markEntries(this.stepPanel.view.querySelectorAll(".heatmap"), { ...this.question.worked.from, result: [[row, column]] });
    else this.stepPanel.showEntry(row, column);
    const score = this.asked ? `${this.right} of ${this.asked} right. ` : "";
    const hint = paragraph(`${score}Type a number (2% off is right), or + or − for the sign alone.`, "quiet score");
    this.view.replaceChildren(form, this.verdict, hint, this.stepPanel.view);
  }

  answer() {
    if (!this.question.isOpen) return;
    const verdict = this.question.check(this.input.value);
    if (verdict === "unclear") {
      this.say("unclear", "Not a number. Write 0.25, -1e-3 or 1/4; or + or − for the sign.");
      return;
    }
    this.asked += 1;
    if (verdict === "wrong") {
      this.say("wrong", "Not quite. Multiply the upstream gradient by the local derivative, and try again.");
      return;
    }
    this.right += 1;
    const { terms, result } = this.question.worked;
    this.reveal(verdict === "sign" ? "sign" : "right", `${verdict === "sign" ? "The sign is right" : "Right"}: ${terms} = ${numberText(result)}`);
  }

  /** Shows what was hidden, with a verdict. */
  reveal(verdict = "shown", text = null) {
    const { terms, result } = this.question.worked;
    const typed = this.input.value;
    this.question.isOpen = false;
    this.actions.answered(this.question);
    this.render();
    this.input.value = typed;
    this.say(verdict, text ?? `${terms} = ${numberText(result)}`);
    this.following.focus();
  }

  say(verdict, text) {
    this.verdict.className = `verdict ${verdict}`;
    this.verdict.textContent = text;
  }
}
