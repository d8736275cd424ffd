import { safeText } from '../bytes/index.ts';
import type { Field } from './description.ts';

const LONGEST = 60;

/** What a field holds, for people: numbers with their names, times with their date, text in quotes. */
export function showValue(field: Field, raw: number | string): string {
  if (typeof raw === 'string') {
    if (field.kind === 'ip' || field.kind === 'ip4' || field.kind === 'ip6') return safeText(raw);
    const text = raw.length > LONGEST ? `${raw.slice(0, LONGEST)}…` : raw;
    return field.kind === 'bytes' ? `${raw.length} bytes` : `"${safeText(text)}"`;
  }
  if (field.role.is === 'constant' && raw > 9) return `0x${raw.toString(16)}`;
  const name = 'enumeration' in field ? field.enumeration?.nameOf.get(raw) : undefined;
  if (name !== undefined) return `${raw} (${name})`;
  if (field.role.is === 'meaning' && field.role.meaning.meaning === 'time')
    return `${raw} (${date(field, raw)})`;
  return String(raw);
}

function date(field: Field, raw: number): string {
  const unit = 'unit' in field ? field.unit : undefined;
  const ms = unit === 's' ? raw * 1000 : unit === 'us' ? Math.floor(raw / 1000) : raw;
  const value = new Date(ms);
  return Number.isNaN(value.getTime()) ? 'beyond any date' : value.toISOString();
}
