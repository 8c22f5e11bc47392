// What the views of columns share: the empty state, the row of columns, and what a screen reader is
// told. It stands between a view's own set-up, which makes `root`, and its drawing.

const live = make("div", { class: "lui-offscreen", role: "status", "aria-live": "polite" });
const columns = make("div", { class: "lui-columns" });
const empty = make(
  "div",
  { class: "lui-empty" },
  make("strong", { text: say("empty_title") }),
  make("span", { text: say("empty_text") }),
);
root.setAttribute("role", "group");
root.setAttribute("aria-label", say("answers"));
root.append(live, empty, columns);

function announce(text) {
  live.textContent = text;
}
