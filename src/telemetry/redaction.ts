/** A kind of secret by its shape. Lengths are low so that a cut-off token is still found; whatever can match and then fail is bounded, so that time stays linear. */
interface SecretShape {
  readonly name: string;
  readonly pattern: RegExp;
}

const tokenEnd = '(?![A-Za-z0-9])';

const shapes: readonly SecretShape[] = [
  {
    name: 'private-key',
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    name: 'gateway-token',
    pattern: /clawbench_model_[A-Za-z0-9_-]{8,}/g,
  },
  { name: 'github-token', pattern: /(?:gh[pousr]_[A-Za-z0-9]{10,}|github_pat_[A-Za-z0-9_]{10,})/g },
  { name: 'jwt', pattern: /eyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g },
  { name: 'anthropic-key', pattern: /sk-ant-[A-Za-z0-9_-]{8,}/g },
  { name: 'model-key', pattern: /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}/g },
  { name: 'google-key', pattern: /AIza[A-Za-z0-9_-]{30,}/g },
  { name: 'aws-key', pattern: new RegExp(`(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}${tokenEnd}`, 'g') },
  { name: 'gitlab-token', pattern: /glpat-[A-Za-z0-9_-]{16,}/g },
  { name: 'npm-token', pattern: /npm_[A-Za-z0-9]{30,}/g },
  { name: 'slack-token', pattern: /xox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'authorization', pattern: /(?<=\b(?:bearer|basic)[ \t]{1,4})[A-Za-z0-9._~+/-]{16,}={0,2}/gi },
  { name: 'url-password', pattern: /(?<=[a-z]:\/\/[^\s/:@]{0,80}:)[^\s/:@]{3,200}(?=@)/gi },
];

/** Terminal escapes (CSI, OSC, two-character) that could be put inside a token to hide it from a pattern. */
const [bell, escape] = [7, 27].map((code) => String.fromCharCode(code));
const escapes = new RegExp(
  `${escape}(?:\\[[0-?]{0,64}[ -/]{0,8}[@-~]|\\][^${bell}${escape}]{0,4096}(?:${bell}|${escape}\\\\)|[@-Z\\\\^_])`,
  'g',
);

interface Hit {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * `text` with everything that looks like a secret replaced by `[redacted:<kind>]`.
 * Sees through terminal escapes inside a token. For text that leaves the service; never reports what it removed.
 */
export function redact(text: string): string {
  const hits = text.includes('\u001b') ? hitsBehindEscapes(text) : hitsIn(text);
  if (hits.length === 0) return text;
  let clean = '';
  let at = 0;
  for (const hit of hits) {
    if (hit.end <= at) continue;
    clean += `${text.slice(at, Math.max(at, hit.start))}[redacted:${hit.name}]`;
    at = hit.end;
  }
  return clean + text.slice(at);
}

/** A copy of `value` whose strings are redacted, however deep; keys stay. For plain data of bounded depth. */
export function redactDeep<Value>(value: Value): Value;
export function redactDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactDeep(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item)]));
}

function hitsIn(text: string): readonly Hit[] {
  return shapes
    .flatMap(({ name, pattern }) =>
      [...text.matchAll(pattern)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        name,
      })),
    )
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Looks in a copy without escapes and maps what it finds back to the places in `text`. */
function hitsBehindEscapes(text: string): readonly Hit[] {
  let plain = '';
  /** Start in `plain` of each kept piece, and how much longer `text` is before it. */
  const pieces: { readonly plainStart: number; readonly shift: number }[] = [];
  let at = 0;
  for (const match of text.matchAll(escapes)) {
    pieces.push({ plainStart: plain.length, shift: at - plain.length });
    plain += text.slice(at, match.index);
    at = match.index + match[0].length;
  }
  pieces.push({ plainStart: plain.length, shift: at - plain.length });
  plain += text.slice(at);
  let piece = 0;
  const originalOf = (index: number): number => {
    while (piece > 0 && (pieces[piece]?.plainStart ?? 0) > index) piece -= 1;
    while ((pieces[piece + 1]?.plainStart ?? Infinity) <= index) piece += 1;
    return index + (pieces[piece]?.shift ?? 0);
  };
  return hitsIn(plain).map((hit) => ({
    ...hit,
    start: originalOf(hit.start),
    end: originalOf(hit.end - 1) + 1,
  }));
}
