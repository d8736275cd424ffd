import { type AppRecord, isRecord } from '../check/index.ts';

/** Which fields of a log line have a place of their own in a record. */
const STAMPS = new Set(['atUs', 'time', 'level', 'pid', 'hostname', 'event', 'msg']);

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * One line of chatd's structured log as testimony of the server's application. `fallbackUs` stamps a line that has no
 * `atUs` of its own; undefined for a line that is no JSON object.
 */
export function serverRecord(
  line: string,
  host: string,
  process: string,
  fallbackUs: number,
): AppRecord | undefined {
  const fields = parse(line);
  if (fields === undefined) return undefined;
  const atUs = typeof fields['atUs'] === 'number' ? fields['atUs'] : fallbackUs;
  const base = { atUs, host, process };
  const event = string(fields['event']);
  switch (event) {
    case 'received':
    case 'said':
      return {
        ...base,
        kind: 'packet',
        direction: event === 'received' ? 'received' : 'sent',
        connection: number(fields['client']),
        type: string(fields['type']),
        request: number(fields['request']),
        offset: number(fields['offset']),
        bytes: number(fields['bytes']),
      };
    case 'written':
      return {
        ...base,
        kind: 'write',
        connection: number(fields['client']),
        packets: number(fields['packets']),
        bytes: number(fields['bytes']),
      };
    default: {
      const own = Object.entries(fields).filter(([key]) => !STAMPS.has(key));
      const rest = Object.fromEntries([...own, ['message', string(fields['msg'])]]);
      return { ...base, kind: 'log', event: event === '' ? string(fields['msg']) : event, fields: rest };
    }
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
