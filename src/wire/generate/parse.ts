import {
  AWAITED,
  type Condition,
  type Description,
  type Field,
  fixedBytes,
  type Packet,
} from '../description.ts';
import { type Speaker, VOCABULARY } from '../message.ts';
import { type Constants, type Emitter, js } from './emit.ts';
import { type Found, nothingFound, type ParseContext, refuse, testOf } from './parse-context.ts';
import { parseFields } from './parse-fields.ts';

/** `function parse_client(b, s, frameEnd)`: b[s..frameEnd) is one frame; answers a message or an Invalid. */
export function generateParse(
  description: Description,
  speaker: Speaker,
  constants: Constants,
  out: Emitter,
): void {
  const { header, framing } = description;
  const packets = description.packets.filter(
    (packet) => packet.speakers.includes(speaker) && packet.opening === undefined,
  );
  const context: ParseContext = { out, constants, attempt: undefined, inHeader: true };
  out.block(`function parse_${speaker}(b, s, frameEnd, awaited)`, () => {
    out.line(`const e = frameEnd${framing.by === 'terminator' ? ` - ${framing.terminator.length}` : ''};`);
    out.line('let p = s, x = undefined;');
    const found = nothingFound();
    // A length-framed header was checked by frame(): it is there, and its constants are right.
    parseFields(context, header, 'e', found, { present: framing.by === 'length', first: true });
    context.inHeader = false;
    out.line('const behindHeader = p;');
    dispatch(context, description, packets, found);
    const byAnswer = packets.some((packet) => packet.when.has(AWAITED));
    const selectors = header.flatMap((field) => {
      const variable = found.byName.get(field.name);
      return variable === undefined ? [] : `${js(field.name)}, ${variable}`;
    });
    out.line(
      `return x ?? r.unknownPacket(${selectorOffset(header)}, ${js(speaker)}, [${[...selectors, ...(byAnswer ? [`${js(AWAITED)}, awaited ?? "nothing"`] : [])].join(', ')}]);`,
    );
  });
}

/** `function parse_opening(b, s, frameEnd)`: what the server says first, without header. */
export function generateOpening(description: Description, constants: Constants, out: Emitter): void {
  const { framing } = description;
  const packet = description.packets.find(({ opening }) => opening !== undefined);
  const context: ParseContext = { out, constants, attempt: undefined, inHeader: false };
  out.block('function parse_opening(b, s, frameEnd)', () => {
    if (packet?.opening === undefined) {
      out.line('return undefined;');
      return;
    }
    const terminated = framing.by === 'terminator' && packet.opening.ends === 'packet';
    out.line(`const e = frameEnd${terminated ? ` - ${framing.terminator.length}` : ''};`);
    out.line('let p = s;');
    const found = nothingFound();
    parseFields(context, packet.fields, 'e', found);
    if (framing.by !== 'size') {
      out.line(`if (p !== e) ${refuse(context, `r.bytesLeft(p - s, e - p, ${js(packet.type)})`)}`);
    }
    out.line(`return ${messageOf(packet, found)};`);
  });
}

/** Where the first field that tells packets apart stands. */
export function selectorOffset(header: readonly Field[]): number {
  let at = 0;
  for (const field of header) {
    if (field.role.is === 'selector') return at;
    const bytes = fixedBytes(field);
    if (bytes === undefined) return 0;
    at += bytes;
  }
  return 0;
}

/** A switch over the header field that tells most packets apart, then a chain for each of its values. */
function dispatch(
  context: ParseContext,
  description: Description,
  packets: readonly Packet[],
  found: Found,
): void {
  const { out } = context;
  const best = bestSelector(description, packets);
  const variable = found.byName.get(best.name);
  if (variable === undefined || best.values.size < 2) {
    for (const packet of packets) candidate(context, description, packet, found, undefined);
    return;
  }
  out.block(`switch (${variable})`, () => {
    for (const value of best.values) {
      out.block(`case ${js(value)}:`, () => {
        for (const packet of packets) {
          const condition = packet.when.get(best.name);
          if (condition !== undefined && !holds(condition, value)) continue;
          const proven = condition?.is === 'in' && condition.values.length === 1 ? best.name : undefined;
          candidate(context, description, packet, found, proven);
        }
        out.line('break;');
      });
    }
    const others = packets.filter((packet) => {
      const condition = packet.when.get(best.name);
      return condition?.is !== 'in' || condition.values.some((value) => !best.values.has(value));
    });
    if (others.length === 0) return;
    out.block('default:', () => {
      for (const packet of others) candidate(context, description, packet, found, undefined);
    });
  });
}

function bestSelector(
  { header }: Description,
  packets: readonly Packet[],
): { name: string; values: Set<number | string> } {
  const singles = (name: string): (number | string)[] =>
    packets.flatMap((packet) => {
      const condition = packet.when.get(name);
      return condition?.is === 'in' && condition.values.length === 1 ? condition.values : [];
    });
  return header.reduce<{ name: string; values: Set<number | string> }>(
    (best, { name }) => {
      const values = new Set(singles(name));
      return values.size > best.values.size ? { name, values } : best;
    },
    { name: '', values: new Set() },
  );
}

const holds = (condition: Condition, value: number | string): boolean =>
  condition.values.includes(value) === (condition.is === 'in');

function candidate(
  context: ParseContext,
  description: Description,
  packet: Packet,
  header: Found,
  proven: string | undefined,
): void {
  const { out } = context;
  const inHeader = (name: string): boolean =>
    name === AWAITED || description.header.some((field) => field.name === name);
  const tests = [...packet.when]
    .filter(([name]) => inHeader(name) && name !== proven)
    .map(([name, condition]) =>
      testOf(name === AWAITED ? 'awaited' : (header.byName.get(name) ?? 'undefined'), condition),
    );
  const later = new Map([...packet.when].filter(([name]) => !inHeader(name)));
  const label = later.size > 0 ? out.fresh('attempt') : undefined;
  const test = tests.length > 0 ? `if (${tests.join(' && ')})` : '';
  out.block(`${label === undefined ? '' : `${label}: `}${test}`.trim(), () => {
    context.attempt = label;
    const found: Found = { byName: new Map(), byKey: new Map(header.byKey), request: header.request };
    parseFields(context, packet.fields, 'e', found, { conditions: later });
    if (description.framing.by !== 'size') {
      out.line(`if (p !== e) ${refuse(context, `r.bytesLeft(p - s, e - p, ${js(packet.type)})`)}`);
    }
    out.line(`return ${messageOf(packet, found)};`);
    context.attempt = undefined;
  });
  if (label !== undefined) out.line('p = behindHeader;');
}

function messageOf(packet: Packet, found: Found): string {
  const parts = [`type: ${js(packet.type)}`, `request: ${found.request ?? '0'}`];
  for (const [key, meaning] of Object.entries(VOCABULARY[packet.type].fields)) {
    parts.push(`${key}: ${found.byKey.get(key)?.() ?? js(meaning.absent ?? 0)}`);
  }
  return `{ ${parts.join(', ')} }`;
}
