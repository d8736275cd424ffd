import { assertNever } from '../../bytes/index.ts';
import type { Extent } from '../description.ts';
import { js, plus } from './emit.ts';
import { isExact, readInt } from './ints.ts';
import { offset, type ParseContext, refuse } from './parse-context.ts';

/** Variables of a value's first byte, of the byte behind its last, and of the next field. */
export interface Bounds {
  readonly from: string;
  readonly to: string;
  readonly after: string;
}

/** Finds a value that starts at `p` and ends at `end` at the latest. `p` stays. */
export function parseExtent(context: ParseContext, extent: Extent, name: string, end: string): Bounds {
  const { out, constants } = context;
  const from = out.fresh('f');
  const to = out.fresh('t');
  switch (extent.by) {
    case 'rest':
      out.line(`const ${from} = p, ${to} = ${end};`);
      return { from, to, after: to };
    case 'size': {
      const after = out.fresh('a');
      const missing = `r.endsInside(${end} - s, ${end} - p, ${js([name, extent.bytes])})`;
      out.line(`const ${from} = p, ${after} = p + ${extent.bytes};`);
      out.line(`if (${after} > ${end}) ${refuse(context, missing)}`);
      const start = extent.pad === undefined ? after : `r.padStart(b, p, ${after}, ${extent.pad})`;
      out.line(`const ${to} = ${start};`);
      return { from, to, after };
    }
    case 'prefix': {
      const { int } = extent;
      const missing = `r.endsInside(${end} - s, ${end} - p, ${js([`length of ${name}`, int.bytes])})`;
      out.line(`if (p + ${int.bytes} > ${end}) ${refuse(context, missing)}`);
      const { code, mayFail } = readInt(int, 'p');
      const count = out.fresh('n');
      out.line(`const ${count} = ${code};`);
      if (mayFail) {
        const beyond = `r.beyondNumbers("value", p - s, ${js(`length of ${name}`)})`;
        out.line(`if (!(${isExact(count)})) ${refuse(context, beyond)}`);
      }
      out.line(`const ${from} = p + ${int.bytes}, ${to} = ${from} + ${count};`);
      const claims = `r.claimsMore(p - s, ${js(name)}, ${count}, ${end} - ${from})`;
      out.line(`if (${int.signed ? `${count} < 0 || ` : ''}${to} > ${end}) ${refuse(context, claims)}`);
      return { from, to, after: to };
    }
    case 'until': {
      const mark = constants.add(extent.delimiter);
      if (extent.orEnd) {
        const found = out.fresh('m');
        const after = out.fresh('a');
        out.line(`const ${from} = p, ${found} = r.find(b, ${mark}, p, ${end});`);
        out.line(`const ${to} = ${found} < 0 ? ${end} : ${found};`);
        out.line(`const ${after} = ${found} < 0 ? ${end} : ${plus(found, extent.delimiter.length)};`);
        return { from, to, after };
      }
      out.line(`const ${from} = p, ${to} = r.find(b, ${mark}, p, ${end});`);
      out.line(`if (${to} < 0) ${refuse(context, `r.noMark(${offset('p')}, ${js(name)}, ${mark})`)}`);
      return { from, to, after: plus(to, extent.delimiter.length) };
    }
    default:
      return assertNever(extent);
  }
}
