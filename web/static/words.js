// Numbers, times and commands as people read them. Pure.

const integers = new Intl.NumberFormat('en');

export function number(n) {
  return integers.format(n);
}

// 1 -> "1 device", 2 -> "2 devices"
export function count(n, one, many = one + 's') {
  return `${number(n)} ${n === 1 ? one : many}`;
}

// Parts per million: 25000 -> "2.5 %"
export function share(ppm) {
  return `${Number((ppm / 10000).toPrecision(3))} %`;
}

const units = [
  ['d', 86400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

// Seconds, in the two largest units that matter: 7500 -> "2 h 5 min"
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => s >= size);
  if (first < 0) return '0 s';
  const [unit, size] = units[first];
  const parts = [`${Math.floor(s / size)} ${unit}`];
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((s % size) / next[1]);
  const isFine = unit === 'min' && s >= 600;
  if (rest > 0 && !isFine) parts.push(`${rest} ${next[0]}`);
  return parts.join(' ');
}

// "2026-11-20T20:31:12Z" -> "2026-11-20 20:31"
export function minute(time) {
  return time.slice(0, 16).replace('T', ' ');
}

export function second(time) {
  return time.slice(0, 19).replace('T', ' ');
}

export function secondsBetween(from, to) {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

// Both by the server's clock, so the reader's may be wrong.
export function ago(time, now) {
  const s = secondsBetween(time, now);
  return s < 0 ? `in ${duration(-s)}` : `${duration(s)} ago`;
}

// The devices that were granted it: `trials` is what the sum over failures
// counts, which those that fell silent have left.
export function tried(counts) {
  return counts.trials + counts.silent;
}

// How far the soak of a stage is: the share that is over, and in words. It is
// counted from when devices could start, not before the stage's date.
export function soak(stage, since, now) {
  const waits = secondsBetween(now, stage.not_before);
  if (waits > 0)
    return {
      part: 0,
      began: `opens ${minute(stage.not_before)}`,
      left: `in ${duration(waits)}, then ${duration(stage.soak_s)} of soak`,
    };
  const isEarly = secondsBetween(since, stage.not_before) > 0;
  const gone = secondsBetween(isEarly ? stage.not_before : since, now);
  const left = stage.soak_s - gone;
  return {
    part: stage.soak_s === 0 ? 1 : gone / stage.soak_s,
    began: `now, for ${duration(gone)}`,
    left: left > 0 ? `${duration(left)} of soak left` : 'soak time is over',
  };
}

// A list as a sentence has it: "a, b and c".
export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function cellName(hw, region) {
  if (hw === '*' && region === '*') return 'every cell';
  if (hw === '*') return `all hardware in ${region}`;
  if (region === '*') return `${hw} in all regions`;
  return `${hw}/${region}`;
}

// Where devices were counted together.
function scopeName(hw, region) {
  if (hw === '*' && region === '*') return 'all cells together';
  if (hw === '*') return `region ${region}`;
  if (region === '*') return `hardware ${hw}`;
  return `the cell ${hw}/${region}`;
}

// Why it halted, for somebody who was just woken up. The server's own sentence
// has the terms too, for who recomputes it.
export function haltWords(halt) {
  const e = halt.evidence;
  if (halt.by_hand) return e.text;
  const first = e.prefix ? 'the first ' : '';
  const counted =
    `${number(e.failures)} of ${first}${count(e.trials, 'device')} of ` +
    scopeName(e.hw, e.region);
  const what = e.silence ? 'were never heard of again' : 'failed';
  if (e.units !== undefined)
    return (
      `${counted} ${what}, but only ${number(e.units_silent)} of ` +
      `${number(e.units)} that were kept back in the same hours (hours in ` +
      'which nobody fell silent are left out)'
    );
  return (
    `${counted} ${what}; where ${share(e.p0_ppm)} may ` +
    `${e.silence ? 'be silent' : 'fail'}, ${number(e.bound)} are too many`
  );
}

// The same of a hold.
export function holdWords(hold) {
  return (
    `${number(hold.overdue + hold.silent)} of ` +
    `${count(hold.trials, 'device')} of ${scopeName(hold.hw, hold.region)} ` +
    `have not reported in time (${number(hold.overdue)} overdue, ` +
    `${number(hold.silent)} silent); where ${share(hold.p_silent_ppm)} may ` +
    `be late, ${number(hold.bound)} are too many`
  );
}

// The widest first: it is the one that decides.
export function byWidth(holds) {
  const width = (hold) => (hold.hw === '*') + (hold.region === '*');
  return [...holds].sort((a, b) => width(b) - width(a));
}

function quoted(argument) {
  if (/^[A-Za-z0-9._/@%+=:,-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

function command(...parts) {
  return parts.map((p) => quoted(String(p))).join(' ');
}

// What to type next: the one place that knows how the tools are called.
export const type = {
  publish: () => 'pawlctl publish DIR',
  addBatch: () =>
    'pawlctl batch new ID --product PRODUCT --hw HW --region REGION ' +
    '--channel CHANNEL --quota N',
  start: (plan) =>
    command('pawlctl', 'rollout', 'start', plan, '--reason', 'WHY'),
  resume: (key) =>
    command('pawlctl', 'rollout', 'resume', key, '--reason', 'WHY'),
  retry: (key) =>
    command('pawlctl', 'rollout', 'retry', key, '--reason', 'WHY'),
  why: (device) => command('pawlctl', 'why', device),
  audit: () => 'pawlctl audit list',
  addPlan: () =>
    'pawl-repo plan add --product PRODUCT --id ID --release VERSION ' +
    '--channels CHANNEL',
  resumePlan: (rollout, cells) =>
    command(
      ...['pawl-repo', 'plan', 'add', '--product', rollout.product],
      ...['--id', rollout.plan_id, '--release', rollout.release],
      ...['--channels', 'CHANNEL', '--resumes', cells.join(',')],
    ),
  sign: () => 'pawl-repo sign --all',
};
