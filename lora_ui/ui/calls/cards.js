// Second part: one parsed call as a card, with its arguments and its result.

function buildCard(part, round, place) {
  const card = { place, id: `${round.id}-${place}` };
  card.number = make("span", { class: "lui-number", text: String(place + 1) });
  card.name = make("code", { class: "lui-function" });
  card.none = make("p", { class: "lui-note", text: say("no_arguments") });
  card.arguments = make("dl");
  card.result = make("pre", { tabindex: "0", role: "group", "aria-label": say("result") });
  card.by = make("span", { class: "lui-note" });
  card.resultBox = make(
    "div",
    { class: "lui-result" },
    make("p", {}, make("strong", { text: say("result") }), card.by),
    card.result,
  );
  card.error = make("p", { class: "lui-error", role: "alert" });
  card.run = make("button", { type: "button", class: "lui-run", onclick: () => runCall(part, card) });
  card.field = make("textarea", {
    id: `${card.id}-result`,
    rows: "2",
    spellcheck: "false",
    placeholder: say("result_placeholder"),
    oninput: () => drawGoOn(part),
  });
  card.label = make("label", { for: `${card.id}-result` });
  card.answer = make("div", { class: "lui-answer" }, card.run, make("div", { class: "lui-field" }, card.label, card.field));
  card.box = make(
    "article",
    { class: "lui-call" },
    make("p", { class: "lui-call-head" }, card.number, card.name),
    card.none,
    card.arguments,
    card.resultBox,
    card.error,
    card.answer,
  );
  return card;
}

// A call while it is being written, as far as it can be read; nothing of it is checked.
function buildOpen() {
  const card = { name: make("code", { class: "lui-function" }), arguments: make("dl") };
  const head = make("p", { class: "lui-call-head" }, card.name, make("span", { class: "lui-note", text: say("writing") }));
  card.box = make("div", { class: "lui-call-cards" }, make("div", { class: "lui-call lui-open" }, head, card.arguments));
  return card;
}

function fillOpen(card, call) {
  show(card.box, call !== null);
  if (call === null) return;
  setText(card.name, call.name || "…");
  fillArguments(card.arguments, call.arguments);
}

function runCall(part, card) {
  if (card.run.getAttribute("aria-disabled") === "true") return;
  card.run.setAttribute("aria-disabled", "true");
  setText(card.run, say("running_call"));
  trigger("run_call", { key: part.key, call: card.place });
}

// `open` says whether results can still be given.
function fillCard(card, call, open) {
  const wanted = JSON.stringify([call, open]);
  if (card.lui === wanted) return;
  card.lui = wanted;
  const had = document.activeElement === card.run;
  setText(card.name, call.name);
  card.box.setAttribute("aria-label", `${say("call_mark", { number: card.place + 1 })}: ${call.name}`);
  fillArguments(card.arguments, call.arguments);
  show(card.arguments, call.arguments.length > 0);
  show(card.none, call.arguments.length === 0);
  show(card.resultBox, call.result !== "" && call.error === "");
  setText(card.result, call.result);
  setText(card.by, call.result === "" ? "" : say(call.by === "tool" ? "by_tool" : "by_hand"));
  setText(card.error, call.error);
  show(card.error, call.error !== "");
  const asks = open && (call.result === "" || call.error !== "");
  show(card.answer, asks);
  show(card.run, call.built_in);
  setText(card.run, say("run_call"));
  card.run.removeAttribute("aria-disabled");
  card.run.setAttribute("aria-label", say("run_call_of", { number: card.place + 1, name: call.name }));
  const label = call.error ? "type_instead" : call.built_in ? "type_result" : "type_result_only";
  setText(card.label, say(label));
  if (had && !asks) queueMicrotask(() => card.result.focus());
}

function fillArguments(list, rows) {
  const wanted = JSON.stringify(rows);
  if (list.lui === wanted) return;
  list.lui = wanted;
  list.replaceChildren(
    ...rows.flatMap(({ name, type, value }) => [
      make("dt", {}, make("code", { text: name }), make("span", { class: "lui-type", text: type })),
      make("dd", { text: value, dir: "auto" }),
    ]),
  );
}
