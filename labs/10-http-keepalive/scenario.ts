import { join } from 'node:path';
import { text } from '../../src/check/index.ts';
import { type Run, startNginx } from '../../src/lab/index.ts';

/** One GET each; which of nginx's servers is asked, whether curl stays, and who gives the idle connection up. */
export const CASES = [
  { id: 'client-closes', server: 0, waits: true },
  { id: 'server-closes', server: 1, waits: true },
  { id: 'together', server: 2, waits: false },
  { id: 'no-keep-alive', server: 0, waits: false },
] as const;
export type Case = (typeof CASES)[number];

export const PAGE = 'page.txt';

/** What becomes of the gate: curl's second URL is a named pipe, at which it waits with its connection open. */
const GATE = 'gate';

export async function scenario(run: Run): Promise<void> {
  const step = text('one GET', '一次 GET');
  const { port, clientName } = run.variant;
  const { address } = run.world.host('server');
  const serverIdle = run.number('serverIdleSeconds');
  const clientIdle = run.number('clientIdleSeconds');
  const bodyBytes = run.number('bodyBytes');
  const page = `${clientName} `.repeat(bodyBytes).slice(0, bodyBytes - 1);
  const server = (offset: number, nopush: string, seconds: number): string =>
    `server { listen ${address}:${port + offset}; tcp_nopush ${nopush}; keepalive_timeout ${seconds}s; }\n`;
  const http = `sendfile on;\n${server(0, 'off', 75)}${server(1, 'off', serverIdle)}${server(2, 'on', 75)}`;
  const nginx = await startNginx(run, 'server', {
    ...{ http, level: 'debug', ports: [port, port + 1, port + 2] },
    files: { [PAGE]: `${page}\n` },
  });
  await run.world.host('client').exec('mkfifo', [join(run.scratch(), GATE)]);
  for (const [index, each] of CASES.entries()) {
    run.progress(step, index, CASES.length);
    const facts = { serverPort: port + each.server, bodyBytes, clientIdle, serverIdle };
    await run.phase(each.id, facts, (known) => oneCase(run, each, known));
  }
  await nginx.stop();
  run.progress(step, CASES.length, CASES.length);
}

type Facts = Record<string, number | string | boolean>;

async function oneCase(run: Run, { id, waits }: Case, facts: Facts): Promise<void> {
  const serverPort = Number(facts['serverPort']);
  const { address } = run.world.host('server');
  const gate = join(run.scratch(), GATE);
  const source = run.sourceAddress('client');
  const command = [
    ...['curl', '-q', '-sSv', '--noproxy', '*', '-w', '%{http_code} %{size_download} %{local_port}\\n'],
    ...(source === undefined ? [] : ['--interface', source]),
    ...(id === 'no-keep-alive' ? ['-H', 'Connection: close'] : []),
    ...['-o', '/dev/null', `http://${address}:${serverPort}/${PAGE}`],
    ...(waits ? ['-o', '/dev/null', `file://${gate}`] : []),
  ];
  const curl = run.startProgram('client', `curl-${id}`, command);
  if (waits) {
    // What it prints of the transfer with -w it holds back until it ends; what it prints with -v it does not.
    await run.until('curl has the answer', () => curl.lines.some((line) => /left intact/.test(line)), 30_000);
    const kept = (row: { remotePort: number; state: string }): boolean =>
      row.remotePort === serverPort && (row.state === 'ESTABLISHED' || row.state === 'CLOSE_WAIT');
    facts['clientPort'] = run.world.host('client').readSockets().find(kept)?.localPort ?? 0;
  } else {
    await run.until('curl has ended', () => curl.process.end !== undefined, 30_000);
    const printed = (): RegExpExecArray | null =>
      /^\d{3} \d+ (\d+)$/.exec(curl.lines.find((line) => /^[1-9]\d\d \d/.test(line)) ?? '');
    await run.until('what it has printed is read', () => printed() !== null);
    facts['clientPort'] = Number(printed()?.[1] ?? 0);
  }
  const clientPort = facts['clientPort'];
  const here = (state: string) => (row: { state: string; localPort: number }) =>
    row.state === state && row.localPort === clientPort;
  const there = (state: string) => (row: { state: string; remotePort: number }) =>
    row.state === state && row.remotePort === clientPort;
  if (waits) {
    run.snapshot(`${id} answered`);
    if (id === 'client-closes') await idle(run, Number(facts['clientIdle']));
    else {
      await run.untilSocket('client', 'CLOSE_WAIT', here('CLOSE_WAIT'), true, 30_000);
      await run.untilSocket('server', 'FIN_WAIT2', there('FIN_WAIT2'));
      run.snapshot(`${id} given up`);
    }
    facts['openedUs'] = run.note('client', 'curl-may-end');
    await run.world.host('client').exec('sh', ['-c', ': > "$1"', 'sh', gate], { boundMs: 20_000 });
  }
  await run.until('curl has ended', () => curl.process.end !== undefined, 30_000);
  const over = (rows: readonly { state: string }[]): boolean =>
    rows.every(({ state }) => state === 'TIME_WAIT');
  const rows = (): { state: string }[] => [
    ...run.world
      .host('client')
      .readSockets()
      .filter(({ localPort }) => localPort === clientPort),
    ...run.world
      .host('server')
      .readSockets()
      .filter(({ remotePort }) => remotePort === clientPort),
  ];
  await run.until('the connection is over', () => rows().length > 0 && over(rows()), 20_000);
  run.snapshot(`${id} over`);
}

/** The idle time itself: nothing is to happen in it. */
async function idle(run: Run, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  await run.until('the idle time', () => performance.now() >= end, seconds * 1000 + 10_000);
}
