import { text, type Text } from '../bytes/index.ts';
import type { Enumeration } from './description.ts';
import { type FieldMeaning, OUTCOMES, STATUS } from './message.ts';
import { INT_TYPE, type RawField } from './schema.ts';

const NUMERIC = (type: string): boolean => INT_TYPE.test(type) || type === 'decimal';

/** Why a field's layout cannot hold its meaning, or undefined when it can. */
export function misfit(
  raw: RawField,
  meaning: FieldMeaning,
  enums: ReadonlyMap<string, Enumeration>,
): Text | undefined {
  const { type } = raw;
  const name = raw.name ?? type;
  switch (meaning.meaning) {
    case 'number':
    case 'boolean':
      return NUMERIC(type)
        ? undefined
        : text(`${name} is a number and cannot be ${type}`, `${name} 是数，类型不能是 ${type}`);
    case 'time':
      if (!NUMERIC(type))
        return text(`${name} is a time and cannot be ${type}`, `${name} 是时间，类型不能是 ${type}`);
      return raw.unit === undefined
        ? text(`${name} is a time and needs unit: s, ms or us`, `${name} 是时间，需要 unit：s、ms 或 us`)
        : undefined;
    case 'text':
      return type === 'text'
        ? undefined
        : text(`${name} is text and cannot be ${type}`, `${name} 是文字，类型不能是 ${type}`);
    case 'address':
      return ['ip', 'ip4', 'ip6'].includes(type)
        ? undefined
        : text(`${name} is an address and cannot be ${type}`, `${name} 是地址，类型不能是 ${type}`);
    case 'clients':
      return type === 'group'
        ? undefined
        : text(
            `${name} is the list of clients and must be a group`,
            `${name} 是客户端列表，类型必须是 group`,
          );
    case 'status':
    case 'outcome': {
      const known: readonly string[] = meaning.meaning === 'status' ? STATUS : OUTCOMES;
      if (raw.enum === undefined)
        return text(
          `${name} needs an enum that names ${known.join(', ')}`,
          `${name} 需要一个枚举（enum），给出 ${known.join('、')} 的值`,
        );
      const stranger = [...(enums.get(raw.enum)?.valueOf.keys() ?? [])].find(
        (label) => !known.includes(label),
      );
      return stranger === undefined
        ? undefined
        : text(
            `${name}: ${stranger} is no ${meaning.meaning}; known are ${known.join(', ')}`,
            `${name}：${stranger} 不是${meaning.meaning === 'status' ? '状态' : '结果'}；有 ${known.join('、')}`,
          );
    }
  }
}
