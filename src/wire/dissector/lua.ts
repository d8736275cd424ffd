/** A string of bytes, not of characters. */
export interface LuaBytes {
  readonly luaBytes: Uint8Array;
}

export type LuaValue =
  | number
  | string
  | boolean
  | undefined
  | LuaBytes
  | readonly LuaValue[]
  | ReadonlyMap<number, LuaValue>
  | { readonly [key: string]: LuaValue };

export const raw = (luaBytes: Uint8Array): LuaBytes => ({ luaBytes });

const isBytes = (value: object): value is LuaBytes =>
  'luaBytes' in value && value.luaBytes instanceof Uint8Array;

/** A value as a literal of Lua 5.2 or later. What a description says reaches a script only through here. */
export function lua(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (typeof value === 'string') return quoted(new TextEncoder().encode(value));
  if (typeof value !== 'object') return String(value);
  if (isBytes(value)) return quoted(value.luaBytes);
  if (value instanceof Map)
    return `{ ${[...value].map(([key, one]) => `[${String(key)}] = ${lua(one as LuaValue)}`).join(', ')} }`;
  if (Array.isArray(value)) return `{ ${value.map((one) => lua(one as LuaValue)).join(', ')} }`;
  const parts = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{ ${parts.map(([key, one]) => `[${quoted(new TextEncoder().encode(key))}] = ${lua(one as LuaValue)}`).join(', ')} }`;
}

/** Printable ASCII as it is, all else as decimal escapes of three digits. */
function quoted(bytes: Uint8Array): string {
  const parts = Array.from(bytes, (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${parts.join('')}"`;
}
