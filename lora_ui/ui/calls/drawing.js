// Third part: drawing the server's value. A round travels as one JSON text; only what differs is
// touched, so that focus, scrolling, selections and unfolded details stay.

function draw() {
  const all = props.value?.columns ?? [];
  const heads = all.map(({ head }) => JSON.parse(head));
  for (const [key, part] of nodes) {
    if (heads.some((head) => head.key === key)) continue;
    part.box.remove();
    nodes.delete(key);
  }
  all.forEach(({ rounds }, place) => {
    const head = heads[place];
    if (!nodes.has(head.key)) nodes.set(head.key, buildColumn(head.key));
    const part = nodes.get(head.key);
    if (columns.children[place] !== part.box) columns.insertBefore(part.box, columns.children[place] ?? null);
    drawColumn(part, head, rounds);
  });
  show(empty, all.length === 0);
  show(columns, all.length > 0);
  const stopAll = document.querySelector("#functions-stop");
  if (stopAll) stopAll.disabled = !heads.some((head) => head.live);
}

function drawColumn(part, head, rounds) {
  part.head = head;
  rounds.forEach((text, place) => {
    if (!part.rounds[place]) {
      part.rounds[place] = buildRound(part, place);
      part.thread.append(part.rounds[place].box);
    }
    const round = part.rounds[place];
    const open = place === rounds.length - 1 && head.may_go_on;
    const wanted = `${open} ${rounds.length} ${text}`;
    if (round.drawn === wanted) return;
    round.drawn = wanted;
    round.value = JSON.parse(text);
    drawRound(part, round, open, rounds.length > 1);
  });
  part.last = part.rounds.at(-1)?.value;
  drawHead(part, head);
  drawGoOn(part);
}

function drawHead(part, head) {
  const last = part.last ?? {};
  const name = `${head.title}, ${head.mode}`;
  setText(part.title, head.title);
  setText(part.name, head.name);
  setText(part.mode, head.mode);
  part.mode.title = head.mode_hint;
  part.box.dataset.adapter = head.adapter;
  part.box.dataset.mode = head.constrained ? "constrained" : "free";
  setText(part.badge, last.badge ?? "");
  show(part.badge, !last.verdict);
  show(part.effect, Boolean(last.no_effect));
  setText(part.verdict, last.verdict_text ?? "");
  part.verdict.title = last.verdict_hint ?? "";
  show(part.verdict, Boolean(last.verdict));
  part.box.dataset.verdict = last.verdict ?? "";
  if (part.box.dataset.state !== last.state) {
    if (part.box.dataset.state) announce(`${name}: ${last.verdict_text || last.badge}`);
    part.box.dataset.state = last.state;
  }
  show(part.stop, head.live);
  show(part.copy, Boolean(last.text));
  part.stop.setAttribute("aria-label", say("stop_of", { name }));
  part.copy.setAttribute("aria-label", say("copy_of", { name }));
  part.goOn.setAttribute("aria-label", say("go_on_of", { name }));
  for (const round of part.rounds) {
    round.text.setAttribute("aria-label", say("raw_of", { name }));
    round.copyRan.setAttribute("aria-label", say("copy_ran_of", { name }));
    round.copyExport.setAttribute("aria-label", say("copy_export_of", { name }));
  }
}

function drawGoOn(part) {
  const { head } = part;
  const round = part.rounds.at(-1);
  const calls = round?.value.calls ?? [];
  show(part.goOnRow, calls.length > 0 && !head.live && (head.may_go_on || head.limit !== ""));
  show(part.goOn, head.may_go_on);
  const given = typed(round);
  const ready = calls.every((call, place) => call.result !== "" || given[place]);
  part.goOn.setAttribute("aria-disabled", String(!ready));
  setText(part.goOnNote, head.may_go_on ? (ready ? "" : say("go_on_hint")) : head.limit);
}

function drawRound(part, round, open, several) {
  const value = round.value;
  round.box.dataset.state = value.state;
  setText(round.title, value.title);
  show(round.title, several);
  setText(round.detail, value.detail);
  show(round.detail, value.detail !== "");
  setText(round.error, value.error);
  show(round.error, value.error !== "");
  drawSegments(round, value);
  drawErrors(round, value.errors);
  value.calls.forEach((call, place) => {
    if (!round.cards[place]) {
      round.cards[place] = buildCard(part, round, place);
      round.calls.append(round.cards[place].box);
    }
    fillCard(round.cards[place], call, open);
  });
  for (const card of round.cards.splice(value.calls.length)) card.box.remove();
  show(round.calls, value.calls.length > 0);
  fillOpen(round.open, value.open);
  drawRepairs(round, value.repairs);
  drawFoot(round, value);
  drawExports(round, value.exports);
}

// The text in its parts: plain, a call, an error. Model output is only ever a text node.
function drawSegments(round, value) {
  const box = round.text;
  show(box, value.text !== "" || value.error === "");
  box.classList.toggle("lui-blank", value.text === "");
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  value.segments.forEach((segment, place) => {
    const key = JSON.stringify([segment.kind, segment.number]);
    let node = box.children[place];
    if (!node || node.lui !== key) {
      const fresh = buildSegment(segment);
      fresh.lui = key;
      if (node) node.replaceWith(fresh);
      else box.append(fresh);
      node = fresh;
    }
    growText(node, segment.text);
  });
  while (box.children.length > value.segments.length) box.lastChild.remove();
  if (value.live && near) box.scrollTop = box.scrollHeight;
}

function buildSegment({ kind, number }) {
  if (kind === "text") return make("span");
  const label = say(`${kind}_mark`, { number });
  return make("mark", { class: `lui-span-${kind}`, title: label, "data-number": String(number) });
}

// Answers grow at their end: append there, so that a selection in the text survives.
function growText(node, text) {
  const first = node.firstChild;
  const shown = first?.data ?? null;
  if (shown === text) return;
  if (shown !== null && text.startsWith(shown)) first.appendData(text.slice(shown.length));
  else node.textContent = text;
}

function drawErrors(round, errors) {
  const wanted = JSON.stringify(errors);
  show(round.errors, errors.length > 0);
  if (round.errors.lui === wanted) return;
  round.errors.lui = wanted;
  round.errors.replaceChildren(
    ...errors.map((error) =>
      make(
        "li",
        {},
        make("p", {}, make("strong", { text: error.kind }), error.path ? make("code", { text: error.path }) : ""),
        make("p", { text: error.message }),
        make("button", {
          type: "button",
          text: error.place,
          onclick: () => goToError(round, error.mark),
        }),
      ),
    ),
  );
}

function goToError(round, number) {
  const mark = round.text.querySelector(`.lui-span-error[data-number="${number}"]`);
  round.text.focus();
  if (!mark) return;
  mark.scrollIntoView({ block: "nearest" });
  const selection = getSelection();
  selection.selectAllChildren(mark);
}

function drawRepairs(round, repairs) {
  const wanted = JSON.stringify(repairs);
  show(round.repairBox, repairs.length > 0);
  if (round.repairs.lui === wanted) return;
  round.repairs.lui = wanted;
  round.repairs.replaceChildren(
    ...repairs.flatMap(({ text, note }) => [
      make("pre", { tabindex: "0", role: "group", "aria-label": say("repair"), text }),
      make("p", { class: "lui-note", text: note }),
    ]),
  );
}

function drawFoot(round, value) {
  fillTexts(round.notes, [...value.notes, ...value.warnings], "li");
  fillTexts(round.figures, value.figures.map((figure) => figure.text), "span");
  value.figures.forEach((figure, place) => (round.figures.children[place].title = figure.hint));
  fillTexts(round.end, [value.finish, value.format].filter(Boolean), "span");
  show(round.promptBox, value.prompt !== "");
  setText(round.promptTitle, say("prompt_tokens", { count: value.prompt_tokens }));
  setText(round.prompt, value.prompt);
  fillRows(round.ran, value.ran);
  show(round.ranBox, value.ran.length > 0);
}

function fillTexts(parent, texts, tag) {
  while (parent.children.length > texts.length) parent.lastChild.remove();
  texts.forEach((text, place) => setText(parent.children[place] ?? parent.appendChild(make(tag)), text));
}

function drawExports(round, exports) {
  show(round.exportBox, exports.length > 0);
  const wanted = JSON.stringify(exports);
  if (round.exports.lui === wanted) return;
  round.exports.lui = wanted;
  const choose = (chosen) => {
    exports.forEach(({ id }, place) => round.exports.children[place].setAttribute("aria-pressed", String(id === chosen.id)));
    setText(round.exported, chosen.text);
  };
  round.exports.replaceChildren(
    ...exports.map((one) => make("button", { type: "button", text: one.label, onclick: () => choose(one) })),
  );
  if (exports.length > 0) choose(exports[0]);
}

// On a phone the answers stand below the fold: go there when they are asked for.
window.loraCalls = {
  bringIntoView: () => {
    if (root.getBoundingClientRect().top > window.innerHeight - 160) root.scrollIntoView({ block: "start" });
  },
};

watch("value", draw);
draw();
requestAnimationFrame(draw); // the page’s own buttons may come after this view
