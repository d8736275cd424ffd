import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError, safeJson, text } from '../bytes/index.ts';
import { chatProtocol } from '../check/index.ts';
import {
  frameText,
  type Language,
  openChatd,
  openLab,
  runDashboard,
  type Source,
  wordsOf,
} from '../dash/index.ts';
import { makePaint, parseAddress, wantsColours } from '../repl/index.ts';
import { FASTCGI, HTTP } from '../tcp/index.ts';
import { openProtocol, shippedProtocols } from '../wire/index.ts';
import { findServers } from './chatd-registry.ts';
import { languageOption } from './lab-run.ts';

interface Flags {
  readonly lang: Language;
  readonly every: number;
  readonly protocol: string;
  readonly capture: boolean;
  readonly once: boolean;
  readonly json: boolean;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 100 || value > 60_000)
    throw new InvalidArgumentError('Give milliseconds from 100 to 60000.');
  return value;
}

export function topCommand(): Command {
  return new Command('top')
    .argument(
      '[what]',
      'HOST[:PORT] of a chatd of yours, or the directory of a run; by default what is running',
    )
    .addOption(new Option('--every <ms>', 'how often to look').argParser(milliseconds).default(1_000))
    .option('--protocol <name|file>', 'names what the segments carry', 'clp')
    .option('--no-capture', 'do not ask tcpdump: the ladder is what the server saw')
    .option('--once', 'print one picture as text and leave', false)
    .option('--json', 'print one picture as one JSON value and leave', false)
    .addOption(languageOption())
    .addHelpText(
      'after',
      `
Keys are those of htop; ? shows them. Exit codes: 0 q; 130 Ctrl-C; 1 nothing runs there; 2 wrong usage, no terminal;
3 this machine cannot; 70 a fault of the kit. docs/TOP.md has a picture.`,
    )
    .action(async (what: string | undefined, flags: Flags) => {
      const still = flags.once || flags.json;
      if (!still && !(process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb')) {
        throw new KitError('usage', text('the dashboard needs a terminal', '仪表板需要终端'), {
          fault: 'usage',
          hint: text(
            'chat-lab top --once prints one picture as text, --json as a value.',
            'chat-lab top --once 以文本输出一次，--json 以 JSON 输出。',
          ),
        });
      }
      const source = await open(what, flags);
      process.exitCode = still ? await printOnce(source, flags) : await live(source, flags);
    });
}

async function printOnce(source: Source, flags: Flags): Promise<number> {
  try {
    const reading = await source.read(undefined);
    const text = flags.json
      ? safeJson(JSON.stringify(reading, null, 2))
      : frameText(reading, wordsOf(flags.lang));
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    await source.close();
  }
}

async function live(source: Source, flags: Flags): Promise<number> {
  const { stdin: input, stdout: output } = process;
  const { colours } = makePaint(wantsColours(output, process.env));
  return runDashboard({ source, input, output, colours, language: flags.lang, everyMs: flags.every });
}

async function open(what: string | undefined, flags: Flags): Promise<Source> {
  const words = wordsOf(flags.lang);
  const names = [flags.protocol, ...shippedProtocols().filter((name) => name !== flags.protocol)];
  const opened = await Promise.all(names.map((name) => openProtocol(name)));
  const protocols = [...opened.map((protocol) => chatProtocol(protocol)), HTTP, FASTCGI];
  const lab = (directory: string): Source => openLab(directory, { words, language: flags.lang, protocols });
  if (what !== undefined && isDirectory(what)) return lab(what);
  const address = what === undefined ? undefined : parseAddress(what, { host: '', port: 0 });
  const servers = findServers({
    host: address?.host === '' ? undefined : address?.host,
    port: address?.port === 0 ? undefined : address?.port,
  }).filter(({ running }) => running);
  const [server, ...more] = servers;
  if (server !== undefined && more.length > 0) {
    throw new KitError(
      'which-server',
      text(`${servers.length} servers run`, `有 ${servers.length} 个服务器在运行`),
      {
        fault: 'usage',
        hint: text(
          `Name one: ${servers.map(({ host, port }) => `${host}:${port}`).join(', ')}`,
          `请指定一个：${servers.map(({ host, port }) => `${host}:${port}`).join('、')}`,
        ),
      },
    );
  }
  if (server !== undefined) {
    return openChatd(server, { words, protocols, capture: flags.capture && !flags.once && !flags.json });
  }
  const run = what === undefined ? runningLab() : undefined;
  if (run !== undefined) return lab(run);
  throw new KitError(
    'nothing-runs',
    what === undefined
      ? text('no chatd and no lab of yours runs here', '这里没有你的 chatd 或实验在运行')
      : text(`no chatd of yours runs at ${what}`, `${what} 上没有你的 chatd 在运行`),
    {
      fault: 'peer',
      hint: text(
        'Start one: chatd start. A lab is found in ./runs, or by its directory. Servers of others cannot be asked.',
        '请启动一个：chatd start。实验在 ./runs 中查找，或由目录指定。不能查询别人的服务器。',
      ),
    },
  );
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The newest run in ./runs that says that it is going on. */
function runningLab(): string | undefined {
  if (!isDirectory('runs')) return undefined;
  const running = readdirSync('runs')
    .map((name) => join('runs', name))
    .filter((path) => existsSync(join(path, 'evidence.json')))
    .filter((path) => /"status":\s*"running"/.test(readFileSync(join(path, 'evidence.json'), 'utf8')));
  return running.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
}
