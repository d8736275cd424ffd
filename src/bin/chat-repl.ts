#!/usr/bin/env node
/** `chat-repl`: arguments, wiring, exit codes. What it does is in src/repl. */
import { isIPv6 } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError, type Language, localeLanguage, type Text, text } from '../bytes/index.ts';
import { studentPort } from '../chat/index.ts';
import {
  tlsTransport,
  type Transport,
  TRANSPORTS,
  type TransportName,
  transportNamed,
} from '../net/index.ts';
import { completionScript, parseAddress, readScript, type ReplArguments, runRepl } from '../repl/index.ts';
import { openProtocol } from '../wire/index.ts';
import { main, version } from './main.ts';
import { readPem } from './pem.ts';
import { tokenFrom } from './token.ts';

const program = new Command('chat-repl')
  .description('a scriptable client for chatd, and for any server whose protocol is described')
  .usage('[options] [HOST[:PORT]] [FILE]')
  .argument('[target...]', 'the server (127.0.0.1 and the protocol’s port by default), and a script to run')
  .addOption(
    new Option('-e, --eval <code>', 'run CODE and print its value; may be given again').argParser(collect),
  )
  .option('--protocol <name|file>', 'the protocol to speak', 'clp')
  .addOption(
    new Option('--transport <kind>', 'sockets by node:net, or by the C functions (Linux only)')
      .choices(TRANSPORTS)
      .default('net'),
  )
  .option('--name <name>', 'how the others see you')
  .option('--student <id>', "the port of this student's server: the last four digits")
  .option('--timeout <ms>', 'how long a request may take', milliseconds)
  .option('--token <token|@file>', 'the word that the server asks for; or CHAT_TOKEN in the environment')
  .option('--tls', 'encrypt; the server must prove who it is', false)
  .option('--tls-ca <file>', 'the authority that signed its certificate (PEM); implies --tls')
  .option('--reconnect', 'try again when the connection is lost (at a terminal it does so anyway)')
  .option('--no-reconnect', 'do not, at a terminal either')
  .option('--heartbeat <seconds>', 'ask a silent server so often whether it is there', seconds)
  .option('--json', 'print each result as one JSON value on a line', false)
  .addOption(
    new Option('--lang <language>', 'of errors; that of your locale unless told otherwise')
      .choices(['en', 'zh'])
      .default(localeLanguage(process.env), "the locale's"),
  )
  .option('--menu', "the lab's menu of seven instead of a prompt", false)
  .option('--no-rc', 'do not run the rc file')
  .version(version())
  .addHelpText(
    'after',
    `
A FILE is told from a HOST by its ending (.js, .mjs, .ts) or a slash in it; - is standard input, which is run as a
script whenever it is not a terminal. HOST and PORT may be two words. Exit codes: 0 all well, 1 a command failed or the peer refused, 2 wrong usage,
3 this machine cannot, 70 our fault, 130 Ctrl-C.

  chat-repl                                       a prompt, connected to 127.0.0.1
  chat-repl 10.0.0.1:5000 -e 'list()' --json      one command, for a pipeline
  chat-repl :5000 lab.js                          a script
  chat-repl completion bash|zsh|fish              a completion script for your shell`,
  );

function collect(code: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), code];
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Give a number of milliseconds above 0.');
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 86_400)) throw new InvalidArgumentError('Give seconds, 0.1 to 86400.');
  return value;
}

function usage(message: Text): KitError {
  return new KitError('usage', message, {
    fault: 'usage',
    hint: text('See chat-repl --help.', '见 chat-repl --help。'),
  });
}

interface Flags {
  eval?: string[];
  protocol: string;
  transport: TransportName;
  name?: string;
  student?: string;
  timeout?: number;
  token?: string;
  tls: boolean;
  tlsCa?: string;
  reconnect?: boolean;
  heartbeat?: number;
  json: boolean;
  lang: Language;
  menu: boolean;
  rc: boolean;
}

const isFile = (text: string): boolean => text === '-' || text.includes('/') || /\.[cm]?[jt]s$/.test(text);

function transportFrom({ transport, tls, tlsCa }: Flags): Transport {
  if (!tls && tlsCa === undefined) return transportNamed(transport);
  if (transport === 'libc')
    throw usage(text('--tls goes with --transport net', '--tls 只能与 --transport net 同用'));
  return tlsTransport({ client: { ca: tlsCa === undefined ? undefined : readPem(tlsCa) } });
}

/** `HOST PORT` as one word: so netcat and telnet want it, and so people type it. */
function joined(words: readonly string[]): readonly string[] {
  const [host = '', port = '', ...rest] = words;
  if (isFile(host) || !/^\d{1,5}$/.test(port)) return words;
  return [`${isIPv6(host) ? `[${host}]` : host}:${port}`, ...rest];
}

async function argumentsOf(words: readonly string[], flags: Flags): Promise<ReplArguments> {
  const [first, second, ...more] = joined(words);
  const file = first !== undefined && isFile(first) ? first : second;
  const address = file === first ? undefined : first;
  if (more.length > 0 || (file === first && second !== undefined))
    throw usage(text('too many arguments: [HOST[:PORT]] [FILE]', '参数太多：[主机[:端口]] [文件]'));
  const protocol = await openProtocol(flags.protocol);
  const port = flags.student === undefined ? protocol.description.port : studentPort(flags.student);
  const preset = { host: '127.0.0.1', port: port ?? 0 };
  const target = address === undefined ? preset : parseAddress(address, preset);
  if (target.port === 0)
    throw usage(
      text(
        `the protocol ${protocol.name} names no port of its own: give HOST:PORT`,
        `协议 ${protocol.name} 没有规定端口：请给出 主机:端口`,
      ),
    );
  const pieces = (flags.eval ?? []).map((source) => ({ source, file: '-e', prints: 'last' as const }));
  const script = file ?? (pieces.length === 0 && !flags.menu && !process.stdin.isTTY ? '-' : undefined);
  if (flags.menu && (pieces.length > 0 || script !== undefined))
    throw usage(text('--menu does not go with -e or a FILE', '--menu 不能与 -e 或脚本文件同用'));
  return {
    protocol,
    transport: transportFrom(flags),
    target,
    targetGiven: address !== undefined || flags.student !== undefined,
    name: flags.name,
    timeoutMs: flags.timeout,
    token: tokenFrom(flags.token),
    heartbeatMs: flags.heartbeat === undefined ? undefined : 1000 * flags.heartbeat,
    reconnect: flags.reconnect,
    json: flags.json,
    language: flags.lang,
    menu: flags.menu,
    rc: flags.rc,
    pieces: [
      ...pieces,
      ...(script === undefined
        ? []
        : [{ source: readScript(script), file: script === '-' ? 'stdin' : script, prints: 'each' as const }]),
    ],
  };
}

program.action(async (words: string[]) => {
  if (words[0] === 'completion') {
    process.stdout.write(completionScript(words[1] ?? '', program));
    return;
  }
  const code = await runRepl(await argumentsOf(words, program.opts<Flags>()));
  // What the user's code left behind (a timer, a promise that never settles) must not keep the program.
  process.stdout.write('', () => process.exit(code));
});

await main(program);
