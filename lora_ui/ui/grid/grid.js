// The table of prompts and adapters. `props.value` holds all of it, each row as JSON; only what
// differs is touched, so that a selection or a scrolled cell stays. Text goes in by textContent alone.

const root = element.querySelector('.lui-grid');
const words = props.words;
const ICONS = { pass: '✓', fail: '✗', error: '!' };
let shape = '';
let drawn = [];
let heads = [];
let rows = [];

function make(tag, className, parent) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (parent) parent.append(node);
  return node;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

const problem = make('p', 'lui-problem', root);
problem.setAttribute('role', 'alert');
const status = make('p', 'lui-status', root);
status.setAttribute('role', 'status');
const empty = make('p', 'lui-none', root);
const frame = make('div', 'lui-frame', root);
frame.tabIndex = 0;
frame.setAttribute('role', 'region');
frame.setAttribute('aria-label', words.caption);

function build(columns, count) {
  const table = document.createElement('table');
  put(make('caption', '', table), words.caption);
  const headRow = make('tr', '', make('thead', '', table));
  const corner = make('th', 'lui-corner', headRow);
  corner.scope = 'col';
  corner.textContent = words.prompt;
  heads = columns.map(() => {
    const cell = make('th', '', headRow);
    cell.scope = 'col';
    return {
      title: make('span', 'lui-title', cell),
      name: make('span', 'lui-name', cell),
      mark: make('span', 'lui-mark', cell),
      rate: make('span', 'lui-rate', cell),
    };
  });
  const body = make('tbody', '', table);
  rows = Array.from({ length: count }, () => {
    const row = make('tr', '', body);
    const head = make('th', 'lui-prompt', row);
    head.scope = 'row';
    return {
      number: make('span', 'lui-number', head),
      prompt: make('span', 'lui-text', head),
      expected: make('span', 'lui-expected', head),
      wall: make('span', 'lui-note', head),
      cells: columns.map((column) => {
        const cell = make('td', '', row);
        cell.dataset.adapter = column.name;
        cell.dataset.title = column.title;
        const text = make('div', 'lui-text', cell);
        const verdict = make('p', 'lui-verdict', cell);
        const icon = make('span', 'lui-icon', verdict);
        icon.setAttribute('aria-hidden', 'true');
        return { cell, text, verdict, icon, words: make('span', '', verdict), note: make('p', 'lui-note', cell) };
      }),
    };
  });
  frame.replaceChildren(table);
}

function fillCell(parts, cell) {
  parts.cell.dataset.state = cell.state;
  put(parts.text, cell.text);
  const mark = cell.error ? 'error' : cell.mark;
  parts.verdict.hidden = !mark;
  parts.verdict.dataset.mark = mark;
  put(parts.icon, ICONS[mark] || '');
  put(parts.words, cell.error || cell.verdict);
  put(parts.note, cell.note);
}

function draw() {
  const value = props.value;
  if (!value || !value.columns) return;
  put(problem, value.problem);
  put(status, value.status);
  put(empty, value.rows.length || value.problem ? '' : words.empty);
  frame.hidden = !value.rows.length;
  root.setAttribute('aria-busy', String(value.busy));
  const next = JSON.stringify([value.columns.map((column) => column.name), value.rows.length]);
  if (next !== shape) {
    shape = next;
    drawn = [];
    build(value.columns, value.rows.length);
  }
  value.columns.forEach((column, place) => {
    put(heads[place].title, column.title);
    put(heads[place].name, column.name === column.title ? '' : column.name);
    put(heads[place].mark, column.mark);
    heads[place].mark.title = words.mark_hint;
    put(heads[place].rate, column.rate);
  });
  value.rows.forEach((text, place) => {
    if (text === drawn[place]) return;
    drawn[place] = text;
    const row = JSON.parse(text);
    const parts = rows[place];
    put(parts.number, String(row.number));
    put(parts.prompt, row.prompt);
    put(parts.expected, row.expected);
    put(parts.wall, row.wall);
    row.cells.forEach((cell, index) => fillCell(parts.cells[index], cell));
  });
}

watch('value', draw);
draw();
