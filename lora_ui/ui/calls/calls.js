// The columns of answers with their calls, first part: building a column and its rounds.
// calls.js, cards.js and drawing.js are joined behind ../dom.js. All of it is the server's value,
// but for the results that a visitor types and what is unfolded.

const root = element.querySelector(".lui-calls");
const nodes = new Map(); // key -> the parts of a drawn column
const COPIED_MS = 1400;

function buildColumn(key) {
  const part = { key, id: `call-${key}`, rounds: [] };
  part.title = make("h3", { id: `${part.id}-title` });
  part.name = make("span", { class: "lui-name" });
  part.mode = make("span", { class: "lui-badge lui-mode" });
  part.badge = make("span", { class: "lui-badge lui-state" });
  part.verdict = make("span", { class: "lui-badge lui-verdict" });
  part.effect = make("span", { class: "lui-badge lui-effect", text: say("no_effect"), title: say("no_effect_hint") });
  part.stop = make("button", {
    type: "button",
    class: "lui-stop",
    text: say("stop"),
    onclick: () => trigger("stop_one", { key }),
  });
  part.copy = make("button", { type: "button", text: say("copy"), onclick: () => copyText(part, part.last?.text ?? "", part.copy) });
  part.thread = make("div", { class: "lui-thread" });
  part.goOn = make("button", { type: "button", class: "lui-go-on", text: say("go_on"), onclick: () => goOn(part) });
  part.goOnNote = make("span", { class: "lui-note" });
  part.goOnRow = make("div", { class: "lui-go-on-row" }, part.goOn, part.goOnNote);
  part.box = make(
    "section",
    { class: "lui-column", "aria-labelledby": `${part.id}-title` },
    make(
      "header",
      {},
      make(
        "div",
        { class: "lui-head" },
        make("div", {}, part.title, part.name),
        make("div", { class: "lui-marks" }, part.mode, part.effect, part.badge, part.verdict),
      ),
      make("div", { class: "lui-tools" }, part.stop, part.copy),
    ),
    part.thread,
    part.goOnRow,
  );
  return part;
}

function buildRound(part, place) {
  const round = { place, cards: [], id: `${part.id}-${place}` };
  round.title = make("h4");
  round.detail = make("p", { class: "lui-detail" });
  round.error = make("p", { class: "lui-error", role: "alert" });
  round.text = make("div", { class: "lui-text", tabindex: "0", role: "group", dir: "auto" });
  round.errors = make("ol", { class: "lui-errors", "aria-label": say("errors") });
  round.calls = make("div", { class: "lui-call-cards" });
  round.open = buildOpen();
  round.notes = make("ul", { class: "lui-warnings", "aria-label": say("notes") });
  round.figures = make("p", { class: "lui-figures" });
  round.end = make("p", { class: "lui-end" });
  round.box = make(
    "div",
    { class: "lui-round" },
    round.title,
    make("div", { class: "lui-body" }, round.detail, round.error, round.text),
    round.errors,
    round.calls,
    round.open.box,
    buildRepair(round),
    make("div", { class: "lui-foot" }, round.figures, round.end, round.notes),
    make("div", { class: "lui-more" }, buildExport(part, round), buildRan(part, round), buildPrompt(round)),
  );
  return round;
}

function buildRepair(round) {
  round.repairs = make("div");
  round.repairBox = make(
    "details",
    { class: "lui-repair" },
    make("summary", { text: say("repair") }),
    make("p", { class: "lui-note", text: say("repair_hint") }),
    round.repairs,
  );
  return round.repairBox;
}

function buildExport(part, round) {
  round.exports = make("div", { class: "lui-segments", role: "group", "aria-label": say("export_choose") });
  round.exported = make("pre", { tabindex: "0", role: "group", "aria-label": say("export") });
  round.copyExport = make("button", {
    type: "button",
    text: say("copy"),
    onclick: () => copyText(part, round.exported.textContent, round.copyExport),
  });
  round.exportBox = make(
    "details",
    { class: "lui-export" },
    make("summary", { text: say("export") }),
    round.exports,
    round.exported,
    round.copyExport,
  );
  return round.exportBox;
}

function buildRan(part, round) {
  round.ran = make("dl");
  round.copyRan = make("button", {
    type: "button",
    text: say("copy"),
    onclick: () => copyText(part, round.value.ran_json, round.copyRan),
  });
  round.ranBox = make("details", { class: "lui-ran" }, make("summary", { text: say("ran") }), round.ran, round.copyRan);
  return round.ranBox;
}

function buildPrompt(round) {
  round.promptTitle = make("summary");
  round.prompt = make("pre", { tabindex: "0", role: "group", "aria-label": say("prompt") });
  round.promptBox = make("details", { class: "lui-prompt" }, round.promptTitle, round.prompt);
  return round.promptBox;
}

async function copyText(part, text, button) {
  await toClipboard(text, button);
  setText(button, say("copied"));
  announce(say("copied"));
  setTimeout(() => setText(button, say("copy")), COPIED_MS);
}

// The results that were typed, by the calls' places; those that have run are known to the server.
function typed(round) {
  const found = {};
  for (const card of round?.cards ?? []) {
    if (!card.answer.hidden && card.field.value.trim()) found[card.place] = card.field.value;
  }
  return found;
}

function goOn(part) {
  if (part.goOn.getAttribute("aria-disabled") === "true") return;
  trigger("go_on", { key: part.key, results: typed(part.rounds.at(-1)) });
  part.goOn.setAttribute("aria-disabled", "true");
}
