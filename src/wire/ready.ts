import { Buffer } from 'node:buffer';
import type { Description, Enumeration } from './description.ts';

/**
 * A description that was checked, as text that is read again without a check: what the installed kit has beside each
 * protocol that comes with it (scripts/bundle.ts), since to read YAML and to hold it against the schema takes longer
 * than all else that chat-repl does at its start. JSON, with two kinds of values that JSON does not have.
 */
export function packDescription(description: Description): string {
  // Not the value that is handed in: a Buffer has then become JSON in its own way.
  return JSON.stringify(description, function (this: Record<string, unknown>, key) {
    const value = this[key];
    if (value instanceof Map) return { $map: [...(value as Map<unknown, unknown>)] };
    if (value instanceof Uint8Array) return { $bytes: [...value] };
    return value;
  });
}

/** The description of which `packDescription` made `text`. Equal enumerations are one object again. */
export function unpackDescription(text: string): Description {
  const enumerations = new Map<string, Enumeration>();
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$map' in value) return new Map(value.$map as [unknown, unknown][]);
    if ('$bytes' in value) return Buffer.from(value.$bytes as number[]);
    if (!isEnumeration(value)) return value;
    const first = enumerations.get(value.name) ?? value;
    enumerations.set(value.name, first);
    return first;
  }) as Description;
}

const isEnumeration = (value: object): value is Enumeration => 'nameOf' in value;
