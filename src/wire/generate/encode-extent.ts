import { assertNever } from '../../bytes/index.ts';
import type { Extent } from '../description.ts';
import { js } from './emit.ts';
import { type EncodeContext, room } from './encode-context.ts';
import { checkInt, writeInt } from './ints.ts';

/** Writes what `body` emits so that the reader finds its end. `last`: nothing follows, a mark can be left out. */
export function withinExtent(
  context: EncodeContext,
  extent: Extent,
  name: string,
  last: boolean,
  body: () => void,
): void {
  const { out, constants } = context;
  const start = out.fresh('f');
  switch (extent.by) {
    case 'rest':
      body();
      return;
    case 'until': {
      const mark = constants.add(extent.delimiter);
      const marked = !(extent.orEnd && last);
      out.line(`const ${start} = p - s;`);
      body();
      if (marked) {
        room(context, `${extent.delimiter.length}`);
        out.line(`b.set(${mark}, p);`);
      }
      out.line(`r.refuseMark(b, s + ${start}, p, ${mark}, ${marked}, ${js(name)});`);
      if (marked) out.line(`p += ${extent.delimiter.length};`);
      return;
    }
    case 'prefix': {
      const { int } = extent;
      room(context, `${int.bytes}`);
      out.line(`const ${start} = p - s;`);
      out.line(`p += ${int.bytes};`);
      body();
      const count = out.fresh('n');
      out.line(`const ${count} = p - s - ${start} - ${int.bytes};`);
      checkInt(out, int, count, `length of ${name}`);
      writeInt(out, int, count, `s + ${start}`);
      return;
    }
    case 'size': {
      out.line(`const ${start} = p - s;`);
      body();
      const end = out.fresh('a');
      out.line(`const ${end} = s + ${start} + ${extent.bytes};`);
      out.line(`r.padTo(p - s - ${start}, ${extent.bytes}, ${extent.pad ?? -1}, ${js(name)});`);
      if (extent.pad !== undefined) {
        out.line(`r.refusePad(b, s + ${start}, p, ${extent.pad}, ${js(name)});`);
      }
      room(context, `${end} - p`);
      out.line(`b.fill(${extent.pad ?? 0}, p, ${end});`);
      out.line(`p = ${end};`);
      return;
    }
    default:
      assertNever(extent);
  }
}
