/** Where a server is, as people type it: `host`, `host:port`, `:port`, `port`, `[::1]:5000`, `::1`. */
import { KitError, text } from '../bytes/index.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `text`; what it leaves out comes from `preset`. Throws KitError `bad-address` (usage). */
export function parseAddress(text: string, preset: Address): Address {
  if (/^\d+$/.test(text)) return { host: preset.host, port: parsePort(text) };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const [, host = '', port] = bracketed ?? splitAtColon(text);
  if (/[\s[\]/]/.test(host) || (bracketed && !host.includes(':'))) throw badAddress(text);
  return { host: host || preset.host, port: port === undefined ? preset.port : parsePort(port) };
}

/** The way back, for prompts and scripts: an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** More than one colon is an IPv6 address without a port. */
function splitAtColon(text: string): [string, string, string | undefined] {
  const first = text.indexOf(':');
  if (first === -1 || first !== text.lastIndexOf(':')) return [text, text, undefined];
  return [text, text.slice(0, first), text.slice(first + 1)];
}

export function parsePort(typed: string): number {
  const port = Number(typed);
  if (!/^\d+$/.test(typed) || port < 1 || port > 65535) {
    throw new KitError('bad-address', text(`"${typed}" is not a port`, `“${typed}”不是端口号`), {
      fault: 'usage',
      hint: text(
        'Give a number from 1 to 65535, such as 127.0.0.1:5000.',
        '请给出 1 到 65535 的数，例如 127.0.0.1:5000。',
      ),
    });
  }
  return port;
}

function badAddress(typed: string): KitError {
  return new KitError('bad-address', text(`"${typed}" is not an address`, `“${typed}”不是地址`), {
    fault: 'usage',
    hint: text(
      'Give HOST, HOST:PORT or [IPv6]:PORT, such as 127.0.0.1:5000 or [::1]:5000.',
      '请写成 主机、主机:端口 或 [IPv6]:端口，例如 127.0.0.1:5000 或 [::1]:5000。',
    ),
  });
}
