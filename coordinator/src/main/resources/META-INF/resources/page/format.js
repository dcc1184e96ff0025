// Numbers, bytes and times as people read them. Pure.

const NONE = '–';
/** To make one costs more than to use it a hundred times. */
const formats = new Map();
const clocks = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat('en', options));
  return formats.get(key);
}

export function number(value, digits = 3) {
  const is = Number(value);
  if (value === null || value === undefined || !Number.isFinite(is)) return NONE;
  if (is !== 0 && (Math.abs(is) < 1e-4 || Math.abs(is) >= 1e9)) return is.toExponential(2);
  if (is !== 0 && Math.abs(is) < 0.1) return format({ maximumSignificantDigits: 3 }).format(is);
  return format({ maximumFractionDigits: Math.abs(is) >= 100 ? 0 : digits }).format(is);
}

export function bytes(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return number(value, value >= 10 ? 0 : 1) + ' ' + units[unit];
}

/** "4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const all = Math.max(0, Math.round(seconds));
  if (all < 60) return all + ' s';
  if (all < 3600) return Math.floor(all / 60) + ' min ' + all % 60 + ' s';
  if (all < 86400) return Math.floor(all / 3600) + ' h ' + Math.floor(all % 3600 / 60) + ' min';
  return Math.floor(all / 86400) + ' d ' + Math.floor(all % 86400 / 3600) + ' h';
}

export function millis(value) {
  if (value === null || value === undefined || value < 0) return NONE;
  return value < 1000 ? Math.round(value) + ' ms' : number(value / 1000, 2) + ' s';
}

export function clock(atMillis) {
  return clocks.format(atMillis);
}

/** A memory plan in a few words. */
export function plan(is, layers) {
  const words = [];
  const all = 2147483647;
  const cards = is.cards ?? [];
  const recompute = cards.length ? 0 : is.recomputeLayers;
  if (cards.some(card => card.recomputeLayers > 0)) {
    words.push('recompute ' + cards.map(card => card.recomputeLayers).join(' + ') + ' layers');
    if (cards.some(card => card.offloadLayers > 0)) {
      words.push('offload ' + cards.map(card => card.offloadLayers).join(' + '));
    }
  } else words.push(recompute === 0 ? 'no recompute'
    : recompute === all || layers && recompute >= layers ? 'recompute all layers'
      : 'recompute ' + recompute + ' layers');
  if (is.offloadLayers > 0) {
    words.push(is.offloadLayers === all ? 'offload all' : 'offload ' + is.offloadLayers);
  }
  if (is.pipelineTokens > 0) words.push('chunks of ' + is.pipelineTokens + ' tokens');
  if (is.mlpTileTokens > 0) words.push('tiles of ' + is.mlpTileTokens);
  if (is.keepAttention) words.push('attention kept');
  if (is.attentionGroups > 1) words.push(is.attentionGroups + ' head groups');
  return words.join(', ');
}

export function count(many, one, more = one + 's') {
  return number(many) + ' ' + (many === 1 ? one : more);
}
