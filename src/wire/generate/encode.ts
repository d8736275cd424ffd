import { assertNever } from '../../bytes/index.ts';
import { type Condition, type Description, fixedBytes, type Packet } from '../description.ts';
import { flatten } from '../fields.ts';
import { VOCABULARY } from '../message.ts';
import { type Constants, type Emitter, js, plus } from './emit.ts';
import { type EncodeContext, room } from './encode-context.ts';
import { encodeFields } from './encode-fields.ts';
import { writeInt } from './ints.ts';

/**
 * `function encode(m, w)`: writes message `m` behind what `w` holds. `w.length` moves only at the end, so that a message
 * that cannot be written leaves the writer as it was.
 */
export function generateEncode(description: Description, constants: Constants, out: Emitter): void {
  out.block('function encode(m, w)', () => {
    out.line('const s = w.length;');
    out.line('let p = s, b = w.bytes;');
    out.block('switch (m.type)', () => {
      for (const packet of description.packets) {
        out.block(`case ${js(packet.type)}:`, () => {
          encodePacket(description, packet, constants, out);
          out.line('break;');
        });
      }
      out.line('default: throw r.unsupported(m.type);');
    });
    out.line('w.length = p;');
  });
}

function encodePacket(description: Description, packet: Packet, constants: Constants, out: Emitter): void {
  const fixed = new Map<string, number | string>();
  for (const [name, condition] of packet.when) {
    const field = [...description.header, ...flatten(packet.fields)].find((one) => one.name === name);
    const { role } = field ?? {};
    const said = role?.is === 'meaning' && Object.hasOwn(VOCABULARY[packet.type].fields, role.key);
    // What the message says decides, where it says it and the condition leaves a choice.
    if (said && !(condition.is === 'in' && condition.values.length === 1)) continue;
    const value = firstThatFits(condition, field?.kind === 'text');
    if (value !== undefined) fixed.set(name, value);
  }
  const context: EncodeContext = { out, constants, of: 'm', keys: VOCABULARY[packet.type].fields, fixed };
  const { framing } = description;
  const header = packet.opening === undefined ? description.header : [];
  if (framing.by === 'size') room(context, `${framing.bytes}`);
  encodeFields(context, [...header, ...packet.fields], 'packet');
  refuseMisreading(context, packet);
  if (packet.opening?.ends === 'next-packet') endOpening(context, packet.opening);
  else endFrame(context, description, packet);
}

/** Any value that fits a condition will do: no other packet has it. */
function firstThatFits({ is, values }: Condition, isText: boolean): number | string | undefined {
  if (is === 'in') return values[0];
  for (let candidate = 0; candidate <= values.length; candidate++) {
    const value = isText ? 'x'.repeat(candidate) : candidate;
    if (!values.includes(value)) return value;
  }
  return undefined;
}

/** A value that a condition forbids would make the packet another one. */
function refuseMisreading({ out, constants, keys }: EncodeContext, packet: Packet): void {
  for (const [name, condition] of packet.when) {
    const field = packet.fields.find((candidate) => candidate.name === name);
    const key = field?.role.is === 'meaning' ? field.role.key : undefined;
    if (key === undefined || !Object.hasOwn(keys, key) || field?.kind !== 'text') continue;
    if (condition.is === 'in' && condition.values.length === 1) continue;
    out.line(
      `r.refuseMisreading(m.${key}, ${condition.is === 'in'}, ${constants.add(condition.values)}, ${js(packet.type)});`,
    );
  }
}

/** What no frame surrounds must not look like a packet anywhere, and not like nothing. */
function endOpening(
  { out, constants }: EncodeContext,
  { maxBytes, begins }: Extract<Packet['opening'], { ends: 'next-packet' }>,
): void {
  out.line(`r.refuseOpening(b, s, p, ${maxBytes}, ${constants.add(begins)});`);
}

function endFrame(context: EncodeContext, description: Description, packet: Packet): void {
  const { out, constants } = context;
  const { framing, header, name } = description;
  const limit = (): void =>
    out.line(
      `if (p - s > ${framing.maxBytes}) throw r.packetTooLong(${js(`${name} ${packet.type}`)}, p - s, ${framing.maxBytes});`,
    );
  switch (framing.by) {
    case 'size':
      limit();
      out.line(`if (p < s + ${framing.bytes}) b.fill(0, p, s + ${framing.bytes});`);
      out.line(`p = s + ${framing.bytes};`);
      return;
    case 'terminator': {
      const mark = constants.add(framing.terminator);
      room(context, `${framing.terminator.length}`);
      out.line(`b.set(${mark}, p);`);
      out.line(`r.refuseMark(b, s, p, ${mark}, true, ${js(packet.type)});`);
      out.line(`p += ${framing.terminator.length};`);
      limit();
      return;
    }
    case 'length': {
      limit();
      let at = 0;
      for (const field of header) {
        if (field.name === framing.field && field.kind === 'int') {
          const length = out.fresh('l');
          out.line(`const ${length} = p - s - ${framing.offset};`);
          writeInt(out, field.layout, length, plus('s', at));
        }
        at += fixedBytes(field) ?? 0;
      }
      return;
    }
    default:
      assertNever(framing);
  }
}
