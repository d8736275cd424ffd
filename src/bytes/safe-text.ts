/**
 * Text from a peer, made safe to show: on a terminal, in a log line, in a report.
 *
 * A peer's bytes may hold escape sequences that move the cursor, line ends that forge a second log line, bidi
 * controls that turn a name around ("Trojan source", CVE-2021-42574) and characters that nobody can see. Unicode's
 * own properties name them all: Cc (C0, DEL, C1), Cf (bidi, zero-width), Cs (half a surrogate pair), Zl and Zp (line
 * ends for some programs), and DI, "default ignorable": what shows as nothing, such as fillers, tags and variation
 * selectors, assigned or not. Joiners inside emoji count too: an emoji family comes apart, which is harmless. The two
 * selectors that only choose between an emoji's colours and its outline (U+FE0E, U+FE0F) stay.
 */
const UNSAFE = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/** Most texts have nothing to escape, and this is far quicker to see. */
const PLAIN = /^[ -~]*$/;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function escapeOne(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/**
 * `text` on one line with everything dangerous or invisible written as an escape: `\n`, `\x1b`, `\u{202e}`.
 *
 * A backslash of the peer's own stays as it is, so that the function can be applied twice without harm; the result is
 * for reading, not for decoding.
 */
export function safeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeOne);
}

/** Several lines, each made safe; line ends and tabs stay. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\n' || character === '\t' ? character : escapeOne(character),
  );
}

/** What most JSON is of: its own line ends, ASCII, the marks and characters of our sentences. Quicker to see. */
const PLAIN_JSON = /^[\n -~’“”…\u3001-\u3003\u4e00-\u9fff\uff01-\uff5e]*$/;

/** As UNSAFE, without what JSON escapes itself (C0 and half a surrogate pair), so that line ends between values stay. */
const UNSAFE_IN_JSON = /(?![\ufe0e\ufe0f])[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu;

/**
 * JSON with the same value in which nothing steers or deceives a terminal or an editor: what JSON leaves as it is
 * (DEL, C1, bidi, zero width, line separators) in JSON's own escapes, `\u202e`.
 */
export function safeJson(json: string): string {
  if (PLAIN_JSON.test(json)) return json;
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charCodeAt(index))).join(''),
  );
}

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
