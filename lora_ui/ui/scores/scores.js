// The scoreboard's table: {columns: [label], rows: [{name, mode, state, cells: [{text, share}]}],
// status, problem}. Every text is put in as text, never as HTML.

const root = element.querySelector(".lui-scores");
const status = make("p", { class: "lui-status", role: "status" });
const problem = make("p", { class: "lui-problem", role: "alert" });
const head = make("tr");
const body = make("tbody");
const table = make(
  "table",
  {},
  make("caption", { class: "lui-offscreen", text: say("caption") }),
  make("thead", {}, head),
  body,
);
const box = make("div", { class: "lui-scroll", tabindex: "0", role: "group", "aria-label": say("caption") }, table);
const empty = make("p", { class: "lui-note", text: say("empty") });
root.append(problem, status, empty, box);

function draw() {
  const value = props.value ?? {};
  const { columns = [], rows = [] } = value;
  setText(problem, value.problem ?? "");
  show(problem, Boolean(value.problem));
  setText(status, value.status ?? "");
  show(status, Boolean(value.status));
  show(box, rows.length > 0);
  show(empty, rows.length === 0 && !value.problem);
  fill(head, [say("column"), ...columns], (node, text) => {
    node.scope = "col";
    setText(node, text);
  }, "th");
  fill(body, rows, drawRow, "tr");
}

function fill(parent, items, put, tag) {
  while (parent.children.length > items.length) parent.lastChild.remove();
  items.forEach((item, place) => put(parent.children[place] ?? parent.appendChild(make(tag)), item));
}

function drawRow(row, { name, mode, cells }) {
  const title = row.children[0] ?? row.appendChild(make("th", { scope: "row" }, make("span"), make("small")));
  setText(title.children[0], name);
  setText(title.children[1], mode);
  while (row.children.length > cells.length + 1) row.lastChild.remove();
  cells.forEach(({ text, share }, place) => {
    const cell = row.children[place + 1] ?? row.appendChild(make("td", {}, make("span"), make("i")));
    setText(cell.children[0], text);
    cell.children[1].style.width = share === null ? "0" : `${Math.round(share * 100)}%`;
  });
}

watch("value", draw);
draw();
