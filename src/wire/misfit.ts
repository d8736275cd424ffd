import type { Enumeration } from './description.ts';
import { type FieldMeaning, OUTCOMES, STATUS } from './message.ts';
import { INT_TYPE, type RawField } from './schema.ts';

const NUMERIC = (type: string): boolean => INT_TYPE.test(type) || type === 'decimal';

/** Why a field's layout cannot hold its meaning, or undefined when it can. */
export function misfit(
  raw: RawField,
  meaning: FieldMeaning,
  enums: ReadonlyMap<string, Enumeration>,
): string | undefined {
  const { type } = raw;
  const name = raw.name ?? type;
  switch (meaning.meaning) {
    case 'number':
    case 'boolean':
      return NUMERIC(type) ? undefined : `${name} is a number and cannot be ${type}`;
    case 'time':
      if (!NUMERIC(type)) return `${name} is a time and cannot be ${type}`;
      return raw.unit === undefined ? `${name} is a time and needs unit: s, ms or us` : undefined;
    case 'text':
      return type === 'text' ? undefined : `${name} is text and cannot be ${type}`;
    case 'address':
      return ['ip', 'ip4', 'ip6'].includes(type) ? undefined : `${name} is an address and cannot be ${type}`;
    case 'clients':
      return type === 'group' ? undefined : `${name} is the list of clients and must be a group`;
    case 'status':
    case 'outcome': {
      const known: readonly string[] = meaning.meaning === 'status' ? STATUS : OUTCOMES;
      if (raw.enum === undefined) return `${name} needs an enum that names ${known.join(', ')}`;
      const stranger = [...(enums.get(raw.enum)?.valueOf.keys() ?? [])].find(
        (label) => !known.includes(label),
      );
      return stranger === undefined
        ? undefined
        : `${name}: ${stranger} is no ${meaning.meaning}; known are ${known.join(', ')}`;
    }
  }
}
