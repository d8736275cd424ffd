import type { IntLayout } from '../description.ts';
import { type Emitter, js, plus } from './emit.ts';

/** The bytes from the most significant one on, as expressions. */
function bytesFromTop({ bytes, little }: IntLayout, at: string): string[] {
  return Array.from({ length: bytes }, (_, index) => `b[${plus(at, little ? bytes - 1 - index : index)}]`);
}

/** Up to four bytes, the first one the highest, as a signed 32-bit expression. */
const joined = (bytes: readonly string[]): string =>
  bytes
    .map((byte, index) => {
      const shift = 8 * (bytes.length - 1 - index);
      return shift === 0 ? byte : `${byte} << ${shift}`;
    })
    .join(' | ');

/** An integer at `at` as an expression; with `mayFail` its value can be beyond what a number holds exactly. */
export function readInt(layout: IntLayout, at: string): { code: string; mayFail: boolean } {
  const { bytes, signed } = layout;
  const parts = bytesFromTop(layout, at);
  if (bytes > 4) {
    // Numbers hold 53 bits exactly, shifts 32: two halves. The upper one carries the sign.
    const low = `((${joined(parts.slice(-4))}) >>> 0)`;
    const upper = parts.slice(0, -4);
    const spare = 32 - 8 * upper.length;
    const raw = joined(upper);
    const high = signed
      ? spare === 0
        ? `(${raw})`
        : `((${raw}) << ${spare} >> ${spare})`
      : `((${raw}) >>> 0)`;
    return { code: `(${high} * 4294967296 + ${low})`, mayFail: bytes > 6 };
  }
  if (bytes === 1)
    return { code: signed ? `(${parts[0] ?? ''} << 24 >> 24)` : (parts[0] ?? ''), mayFail: false };
  const all = joined(parts);
  if (!signed) return { code: bytes === 4 ? `((${all}) >>> 0)` : `(${all})`, mayFail: false };
  const spare = 32 - 8 * bytes;
  return { code: spare === 0 ? `(${all})` : `((${all}) << ${spare} >> ${spare})`, mayFail: false };
}

/** The test that a number read is one that a number can hold. */
export const isExact = (variable: string): string =>
  `${variable} <= 9007199254740991 && ${variable} >= -9007199254740991`;

/** Stores the variable `value`, whose range was checked. */
export function writeInt(out: Emitter, { bytes, little }: IntLayout, value: string, at: string): void {
  let high = '';
  if (bytes > 4) {
    high = out.fresh('h');
    out.line(`const ${high} = Math.floor(${value} / 4294967296);`);
  }
  for (let index = 0; index < bytes; index++) {
    const significance = little ? index : bytes - 1 - index;
    const [word, shift] = significance >= 4 ? [high, 8 * (significance - 4)] : [value, 8 * significance];
    out.line(`b[${plus(at, index)}] = ${shift === 0 ? word : `${word} >>> ${shift}`};`);
  }
}

/** Stores a number that is known now. */
export function writeConstant(out: Emitter, { bytes, little }: IntLayout, value: number, at: string): void {
  for (let index = 0; index < bytes; index++) {
    const significance = little ? index : bytes - 1 - index;
    const byte = Number((BigInt(value) >> BigInt(8 * significance)) & 0xffn);
    out.line(`b[${plus(at, index)}] = ${byte};`);
  }
}

/** Throws at run time when `variable` is no integer that fits. */
export function checkInt(out: Emitter, { bytes, signed }: IntLayout, variable: string, name: string): void {
  const slow = `r.checkInt(${variable}, ${bytes}, ${signed}, ${js(name)});`;
  if (signed || bytes > 4) out.line(slow);
  else if (bytes === 4) out.line(`if (${variable} >>> 0 !== ${variable}) ${slow}`);
  else out.line(`if ((${variable} & ${2 ** (8 * bytes) - 1}) !== ${variable}) ${slow}`);
}
