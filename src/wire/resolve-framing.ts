import { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import { type Field, fixedBytes, type Framing } from './description.ts';
import type { Context } from './resolve-context.ts';
import type { Path } from './source.ts';

/** The header must have this field, and it must be a number. */
export function requireHeaderField(
  { report }: Context,
  path: Path,
  name: string | undefined,
  header: readonly Field[],
): void {
  if (name === undefined) return;
  const field = header.find((candidate) => candidate.name === name);
  if (field === undefined) report(path, text(`the header has no field ${name}`, `首部没有字段 ${name}`));
  else if (field.kind !== 'int' && field.kind !== 'decimal') {
    report(
      path,
      text(
        `${name} is ${field.kind}; a number is needed here`,
        `${name} 的类型是 ${field.kind}；这里需要一个数`,
      ),
    );
  }
}

export function framingOf(context: Context, header: readonly Field[]): Framing {
  const raw = context.raw.framing;
  if (raw.by === 'size') return { by: 'size', bytes: raw.bytes, maxBytes: raw.bytes };
  if (raw.by === 'terminator') {
    return { by: 'terminator', terminator: Buffer.from(raw.bytes, 'utf8'), maxBytes: raw.max };
  }
  let headerBytes = 0;
  for (const field of header) {
    const bytes = fixedBytes(field);
    if (bytes === undefined) {
      context.report(
        ['header'],
        text(
          `${field.name} has no fixed size, so the length behind it cannot be found`,
          `${field.name} 的长度不固定，因此找不到它之后的长度字段`,
        ),
      );
    }
    headerBytes += bytes ?? 0;
  }
  requireHeaderField(context, ['framing', 'field'], raw.field, header);
  const plus = raw.plus ?? 0;
  const offset = (raw.counts === 'payload' ? headerBytes : 0) - plus;
  const field = header.find((candidate) => candidate.name === raw.field);
  if (field?.kind === 'int') {
    const largest = 2 ** (8 * field.layout.bytes - (field.layout.signed ? 1 : 0)) - 1;
    if (largest + offset < raw.max) {
      context.report(
        ['framing', 'max'],
        text(
          `${raw.field} reaches ${largest}, so no packet is longer than ${largest + offset} bytes; max says ${raw.max}`,
          `${raw.field} 最大为 ${largest}，因此分组最长 ${largest + offset} 字节；而 max 是 ${raw.max}`,
        ),
      );
    }
  }
  if (raw.max < headerBytes) {
    context.report(
      ['framing', 'max'],
      text(
        `the header alone takes ${headerBytes} bytes; max says ${raw.max}`,
        `单是首部就占 ${headerBytes} 字节；而 max 是 ${raw.max}`,
      ),
    );
  }
  return { by: 'length', field: raw.field, offset, headerBytes, maxBytes: raw.max };
}
