import { type Description, fixedBytes } from '../description.ts';
import { type Constants, type Emitter, js, plus } from './emit.ts';
import { isExact, readInt } from './ints.ts';

/**
 * `function frame(b, s, e, from)`: bytes that the frame at `s` takes, as far as b[s..e) tells: when that is more than
 * there are, more must come. An Invalid when it cannot be a frame. `from` is how far a terminator was already sought.
 */
export function generateFrame(description: Description, constants: Constants, out: Emitter): void {
  const { framing } = description;
  out.block('function frame(b, s, e, from)', () => {
    switch (framing.by) {
      case 'size':
        out.line(`return ${framing.bytes};`);
        return;
      case 'terminator': {
        const mark = constants.add(framing.terminator);
        out.line(`const at = r.find(b, ${mark}, from, e);`);
        out.line(`const n = at < 0 ? e - s + 1 : at + ${framing.terminator.length} - s;`);
        out.line(`return n > ${framing.maxBytes} ? r.noEnd(${framing.maxBytes}) : n;`);
        return;
      }
      case 'length':
        lengthFrame(description, framing, out);
        return;
    }
  });
}

function lengthFrame(
  description: Description,
  framing: Extract<Description['framing'], { by: 'length' }>,
  out: Emitter,
): void {
  const { headerBytes, maxBytes } = framing;
  // A stranger is told at its first wrong byte, not when it has sent a header's worth.
  out.block(`if (e - s < ${headerBytes})`, () => {
    constants(description, out, true);
    out.line(`return ${headerBytes};`);
  });
  constants(description, out, false);
  let at = 0;
  for (const field of description.header) {
    if (field.name === framing.field && field.kind === 'int') {
      const { code, mayFail } = readInt(field.layout, plus('s', at));
      out.line(`const claimed = ${code};`);
      if (mayFail)
        out.line(`if (!(${isExact('claimed')})) return r.beyondNumbers("length", ${at}, ${js(field.name)});`);
      out.line(`const n = claimed + ${framing.offset};`);
      out.line(
        `if (n < ${headerBytes}) return r.lengthTooSmall(${at}, ${js(field.name)}, n, ${headerBytes});`,
      );
      out.line(`if (n > ${maxBytes}) return r.lengthTooLarge(${at}, ${js(field.name)}, n, ${maxBytes});`);
    }
    at += fixedBytes(field) ?? 0;
  }
  out.line('return n;');
}

/** Checks the header's constants; `partial`: those that have arrived. */
function constants({ header }: Description, out: Emitter, partial: boolean): void {
  let at = 0;
  for (const field of header) {
    const start = at;
    at += fixedBytes(field) ?? 0;
    if (field.role.is !== 'constant' || field.kind !== 'int') continue;
    const { code } = readInt(field.layout, plus('s', start));
    const here = partial ? `e - s >= ${at} && ` : '';
    out.line(
      `if (${here}${code} !== ${js(field.role.value)}) return r.constantDiffers(${start}, ${js(field.name)}, ${code}, ${js(field.role.value)});`,
    );
  }
}

/**
 * `function frame_opening(b, s, e, from)`: bytes of what the server says first: 0 for nothing, more than there are when
 * more must come.
 */
export function generateOpeningFrame(description: Description, constants: Constants, out: Emitter): void {
  const opening = description.packets.find((packet) => packet.opening !== undefined)?.opening;
  out.block('function frame_opening(b, s, e, from)', () => {
    if (opening?.ends !== 'next-packet') {
      out.line('return frame(b, s, e, from);');
      return;
    }
    const begins = constants.add(opening.begins);
    const longest = Math.max(...opening.begins.map(({ length }) => length));
    out.line(`return r.nextPacket(b, s, e, ${opening.maxBytes}, ${begins}, from - ${longest});`);
  });
}
