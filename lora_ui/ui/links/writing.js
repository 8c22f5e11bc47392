// First part: from settings to a link's query or a file, as lora_ui/share/writing.py does it.
// `LINKS` holds each tab's parameters in their order, with their defaults.

const ENDS_A_LINK = ".,:/";

// A text as it can be sent: without NUL and halves of characters.
function clean(value) {
  return typeof value === "string" ? value.replace(/\0/g, "").replace(/\p{Surrogate}/gu, "\ufffd") : value;
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

// The parameters that `values` of this tab need, in their order.
function toFields(tab, values) {
  const fields = { v: LINKS.version, tab };
  const said = tab === "compare" ? { ...values, ...columnsOf(values) } : values;
  for (const [name, usual] of LINKS.tabs[tab].fields) {
    const value = clean(said[name]);
    if (value != null && !isSame(value, usual)) fields[name] = value;
  }
  return fields;
}

// Columns without settings of their own are told by their adapters' names alone.
function columnsOf({ columns = [] }) {
  const plain = columns.every((column) => Object.keys(column).length === 1);
  return plain ? { adapters: columns.map((column) => column.adapter), columns: [] } : { adapters: [], columns };
}

function valueText(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (!Array.isArray(value)) return String(value);
  return value.every((one) => typeof one === "string") ? value.join(",") : clean(JSON.stringify(value));
}

function percent(sign) {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

function quoted(text) {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, percent)
    .replace(/%20/g, "+")
    .replace(/%(2C|3A|2F)/g, decodeURIComponent);
}

function toQuery(fields) {
  const query = Object.entries(fields)
    .map(([name, value]) => `${name}=${quoted(valueText(value))}`)
    .join("&");
  // Programs that find links in text take such an end for the sentence's.
  const last = query[query.length - 1];
  return ENDS_A_LINK.includes(last) ? query.slice(0, -1) + percent(last) : query;
}

function toFile(fields) {
  return `${JSON.stringify(fields, null, 2)}\n`;
}

// The parts of a query that belong to Gradio, the host, or whoever counts visitors, as they are.
function foreignPairs(search) {
  const isForeign = (name) =>
    LINKS.foreign.includes(name) || LINKS.foreign_prefixes.some((prefix) => name.startsWith(prefix));
  return search
    .slice(1)
    .split("&")
    .filter((pair) => pair && isForeign(pair.split("=")[0]));
}
