/**
 * Without `-n`, tcpdump prints names: `localhost.distinct`. Where the bytes were printed as well they have the numbers,
 * and other lines with the same name are read by them. A name that nobody explains gets a number that cannot be mistaken
 * for a real one.
 */
export interface NamedEndpoint {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
  readonly port: number;
}

/** Names of IANA's list that pasted captures are full of. */
const SERVICES: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  www: 80,
  kerberos: 88,
  pop3: 110,
  imap2: 143,
  bgp: 179,
  https: 443,
  imaps: 993,
  socks: 1080,
  mysql: 3306,
  postgresql: 5432,
  'xmpp-client': 5222,
  redis: 6379,
  'http-alt': 8080,
  webcache: 8080,
  distinct: 9999,
  italk: 12345,
};

export class NameBook {
  /** Names that had to be given a number: `host.example is 0.0.0.1 here`. */
  readonly invented: string[] = [];
  readonly #hosts = new Map<string, NamedEndpoint['words'] & object>();
  readonly #families = new Map<string, 4 | 6>();
  readonly #ports = new Map<string, number>();
  #nextHost = 1;
  #nextPort = 1;

  /** `text` is as printed, `10.1.9.11.58384` or `localhost.distinct`; the bytes say what it is. */
  learn(text: string, endpoint: NamedEndpoint): void {
    const { host, port } = split(text);
    this.#hosts.set(host, endpoint.words);
    this.#families.set(host, endpoint.family);
    this.#ports.set(port, endpoint.port);
  }

  lookUp(text: string, sixes: boolean): NamedEndpoint {
    const { host, port } = split(text);
    const v4 = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? dotted(host) : undefined;
    const v6 = host.includes(':') ? colons(host) : undefined;
    if (v6 !== undefined) return { family: 6, words: v6, port: this.#port(port) };
    if (v4 !== undefined) return { family: 4, words: [0, 0, 0, v4], port: this.#port(port) };
    const known = this.#hosts.get(host);
    if (known !== undefined) {
      return { family: this.#families.get(host) ?? 4, words: known, port: this.#port(port) };
    }
    const words: NamedEndpoint['words'] =
      host === 'localhost' || host === 'ip6-localhost'
        ? sixes
          ? [0, 0, 0, 1]
          : [0, 0, 0, 0x7f000001]
        : [0, 0, 0, this.#inventHost(host)];
    this.#hosts.set(host, words);
    this.#families.set(host, sixes ? 6 : 4);
    return { family: sixes ? 6 : 4, words, port: this.#port(port) };
  }

  #inventHost(host: string): number {
    const number = this.#nextHost++;
    this.invented.push(`${host} is 0.0.0.${number} here`);
    return number;
  }

  #port(text: string): number {
    if (/^\d+$/.test(text)) return Number(text) & 0xffff;
    const known = this.#ports.get(text) ?? SERVICES[text];
    if (known !== undefined) return known;
    const number = this.#nextPort++;
    this.#ports.set(text, number);
    this.invented.push(`port ${text} is ${number} here`);
    return number;
  }
}

function split(text: string): { host: string; port: string } {
  const dot = text.lastIndexOf('.');
  return dot < 0 ? { host: text, port: '0' } : { host: text.slice(0, dot), port: text.slice(dot + 1) };
}

function dotted(text: string): number {
  return text.split('.').reduce((sum, part) => ((sum << 8) | (Number(part) & 255)) >>> 0, 0);
}

function colons(text: string): [number, number, number, number] | undefined {
  const tail = /(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain =
    tail === null
      ? text
      : `${tail[1] ?? ''}${(dotted(tail[2] ?? '') >>> 16).toString(16)}:${(dotted(tail[2] ?? '') & 0xffff).toString(16)}`;
  const [left = '', right] = plain.split('::');
  const head = left === '' ? [] : left.split(':');
  const end = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : 8 - head.length - end.length;
  if (zeros < 0) return undefined;
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...end].map((group) =>
    Number.parseInt(group, 16),
  );
  if (groups.length !== 8 || groups.some((group) => Number.isNaN(group) || group > 0xffff)) return undefined;
  const word = (i: number): number => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}
