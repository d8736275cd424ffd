#!/usr/bin/env node
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, safeJson } from '../bytes/index.ts';
import { TRANSPORTS } from '../net/index.ts';
import { type Flags, LOG_FORMATS, LOG_LEVELS } from './chatd-flags.ts';
import { main, version } from './main.ts';

// What each of the commands does is loaded by itself: all of it takes longer to load than `--help` to answer.

const EXAMPLES = `
Examples:
  chatd run                               serve 127.0.0.1 in the foreground, the log on stderr; Ctrl-C ends it
  chatd start --student 3200102312        serve port 2312 in the background
  chatd status --json                     every server of yours, with its clients
  chatd stop --port 2312                  end one
  chatd run --port 0 --log-level trace    any free port, a line for every packet
  chatd run --protocol ./mine.yaml        speak your own protocol
  chatd start --config chatd.yaml         flags from a file, such as "port: 7000"; flags here outweigh it

Exit codes: 0 all well; 1 no such server runs; 2 wrong usage; 3 this machine cannot (the port is taken, …).`;

const whole =
  (lowest: number, highest: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`Give a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 86_400) {
    throw new InvalidArgumentError('Give seconds, at most 86400.');
  }
  return value;
}

function someSeconds(text: string): number {
  const value = seconds(text);
  if (value < 0.1) throw new InvalidArgumentError('Give seconds, 0.1 or more.');
  return value;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function where(command: Command): Command {
  return command
    .option('--host <host>', 'address to listen on (127.0.0.1)')
    .option('--port <port>', "port; 0 for any that is free (the protocol's own)", whole(0, 65_535))
    .option('--student <id>', "a student's number, whose last four digits are the port")
    .option('--config <file>', 'YAML with the same names as these flags');
}

function how(command: Command): Command {
  return where(command)
    .option('--protocol <name|file>', 'protocol, or the path of its description (clp)')
    .addOption(
      new Option(
        '--transport <kind>',
        'sockets by node:net, or by the C functions, Linux only (these where they are to be had)',
      ).choices(TRANSPORTS),
    )
    .option('--nagle', "leave Nagle's algorithm on (off)")
    .option('--backlog <n>', 'connections that may wait to be accepted (511)', whole(1, 65_535))
    .option('--max-clients <n>', 'clients at once (20000)', whole(1, 1_000_000))
    .option('--idle <seconds>', 'disconnect who says nothing for so long; 0 for never (0)', seconds)
    .option(
      '--max-per-address <n>',
      'connections from one address (1000; from this machine itself, no bound)',
      whole(1, 1_000_000),
    )
    .option('--stall <seconds>', 'cut off who takes no byte for so long while bytes wait (30)', someSeconds)
    .option(
      '--packet <seconds>',
      'cut off who begins a packet and does not end it within so long (120)',
      someSeconds,
    )
    .option(
      '--heartbeat <seconds>',
      'ask who is silent for so long whether it is there; 0 for never (0)',
      seconds,
    )
    .option('--token <token|@file>', 'let in only who knows it; or CHAT_TOKEN in the environment')
    .option('--tls-cert <file>', 'encrypt: the certificate (PEM); with --tls-key')
    .option('--tls-key <file>', 'its private key (PEM); chatd cert makes both')
    .option('--greeting <text>', 'what a client hears first')
    .addOption(new Option('--log-level <level>', 'least level that is logged (info)').choices(LOG_LEVELS))
    .addOption(
      new Option('--log-format <format>', 'lines of JSON, or for people (auto: text on a terminal)').choices(
        LOG_FORMATS,
      ),
    );
}

/** Which server `status` and `stop` mean: what was said, or all of them. */
async function wanted(flags: Flags): Promise<{ host: string | undefined; port: number | undefined }> {
  const { portOf, withConfig } = await import('./chatd-settings.ts');
  const said = withConfig(flags);
  return { host: said.host, port: portOf(said) };
}

const program = new Command('chatd')
  .description('The chat server of the socket lab.')
  .version(version())
  .addHelpText('after', EXAMPLES);

how(program.command('run'))
  .description('serve in the foreground until Ctrl-C or SIGTERM')
  .option('--unlisted', 'write no pid file: status and stop do not know of it (for labs and tests)')
  .action(async (flags: Flags) => {
    const logFile = process.env['CHATD_LOG_FILE'];
    const [{ run }, { settingsFrom }] = await Promise.all([
      import('./chatd-run.ts'),
      import('./chatd-settings.ts'),
    ]);
    await run(await settingsFrom(flags), logFile === undefined ? undefined : { logFile });
  });

how(program.command('start'))
  .description('serve in the background; returns when it listens')
  .option('--json', 'print one JSON value')
  .action(async ({ json, ...flags }: Flags & { json?: boolean }, command: Command) => {
    const args = process.argv
      .slice(process.argv.indexOf(command.name(), 2) + 1)
      .filter((arg) => arg !== '--json');
    const [{ start }, { settingsFrom }, { wideWarning }] = await Promise.all([
      import('./chatd-start.ts'),
      import('./chatd-settings.ts'),
      import('./chatd-wide.ts'),
    ]);
    const settings = await settingsFrom(flags);
    const started = await start(settings, fileURLToPath(import.meta.url), args);
    const { host, port, pid, log } = started;
    const wide = wideWarning(host, settings);
    // Its own warning is in the log, where nobody looks yet.
    if (wide !== undefined) process.stderr.write(`chatd: ${wide}\n`);
    say(
      json === true
        ? safeJson(JSON.stringify(started))
        : `chatd listens on ${host} port ${port}: process ${pid}, log ${log}`,
    );
  });

program
  .command('cert')
  .description('make an authority for a class, and a certificate for this server (needs openssl)')
  .argument('<folder>', 'where to put them; an authority that is there is used again')
  .option(
    '--name <name...>',
    'names and addresses that clients know the server by (localhost, 127.0.0.1 and the host name)',
  )
  .action(async (folder: string, { name }: { name?: string[] }) => {
    const { makeCertificates } = await import('./chatd-cert.ts');
    const names = name ?? ['localhost', '127.0.0.1', hostname()];
    const { ca, cert, key } = await makeCertificates(folder, names);
    say(`run:   chatd run --tls-cert ${cert} --tls-key ${key}`);
    say(`give to the class: ${ca}, for chat-repl --tls-ca; keep the .key files to yourself`);
  });

where(program.command('stop'))
  .description('end a server that runs (the only one, or the one of --port)')
  .option('--json', 'print one JSON value')
  .action(async ({ json, ...flags }: Flags & { json?: boolean }) => {
    const { stop } = await import('./chatd-stop.ts');
    const { stopped, stale } = await stop(await wanted(flags));
    if (stopped === undefined) process.exitCode = EXIT.failed;
    if (json === true) {
      say(JSON.stringify({ stopped: stopped?.pid ?? null, stale: stale.map(({ pid }) => pid) }));
      return;
    }
    for (const { pid, file } of stale) say(`removed a stale pid file: ${file} (process ${pid} is gone)`);
    say(
      stopped === undefined
        ? 'chatd does not run'
        : `chatd on ${stopped.host} port ${stopped.port} has ended (process ${stopped.pid})`,
    );
  });

where(program.command('status'))
  .description('what runs: process, address, clients, since when')
  .option('--json', 'print one JSON value')
  .action(async ({ json, ...flags }: Flags & { json?: boolean }) => {
    const { status, statusText } = await import('./chatd-status.ts');
    const report = await status(await wanted(flags));
    if (!report.running) process.exitCode = EXIT.failed;
    say(json === true ? safeJson(JSON.stringify(report)) : statusText(report));
  });

// Whoever reads our output may have enough of it (chatd --help | head -1).
process.stdout.on('error', () => process.exit());
await main(program);
