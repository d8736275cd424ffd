/**
 * Text from a peer, made safe to show: on a terminal, in a log line, in a report.
 *
 * A peer's bytes may hold escape sequences that move the cursor, line ends that forge a second log line, bidi
 * controls that turn a name around ("Trojan source", CVE-2021-42574) and characters that nobody can see. Unicode's
 * own categories name them all: Cc (C0, DEL, C1), Cf (bidi, zero-width, tags), Cs (half a surrogate pair), Zl and Zp
 * (line ends for some programs); four Hangul and Khmer fillers are letters by category and invisible all the same.
 * Joiners inside emoji count as invisible too: an emoji family comes apart, which is harmless.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u034f|\u17b4|\u17b5|[\u115f\u1160\u3164\uffa0]/gu;

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
