/**
 * One match: a student's client against a student's server, on hosts of their own on a stage of their own, with a
 * client of the kit beside them. The client is driven by its script; the wire says whose fault a failure is.
 *
 * Usage: node match.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { safeText } from '../../bytes/index.ts';
import { chatProtocol, type Text, text } from '../../check/index.ts';
import { type Capture, createWorld, type Host, type HostProcess, type World } from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { analyse, type Analysis, epochUs } from '../../tcp/index.ts';
import { loadProtocol, type Protocol } from '../../wire/index.ts';
import { leaves } from '../clients/checks.ts';
import { type Exhibit, NO_EXHIBIT, type Talk, talkOf } from '../clients/exhibit.ts';
import { ending, type Heard, Lesson, Missed } from '../clients/lesson.ts';
import { Pupil } from '../clients/pupil.ts';
import { type Asking, filled, type Values } from '../clients/script.ts';
import { Limited } from '../peers/program-end.ts';
import { listens } from '../peers/listening.ts';
import { type Tell, workOnStage } from '../peers/stage-worker.ts';
import { Watched } from '../peers/watched.ts';
import { blame, type Truth, wanted } from './blame.ts';
import {
  type AtFault,
  MATCH_ORDERS,
  type MatchOrders,
  type MatchRuling,
  NEIGHBOUR_SAID,
  type NeighbourOrders,
  type Round,
} from './orders.ts';

const PORT = 20_000;
const NEIGHBOUR_BOUND_MS = 15_000;
const NEIGHBOUR = 'neighbour';
const OUTPUT_KEPT = 4_000;
/** An answer is waited for no longer than this. */
const LATE_S = 25;

/** What the server's side of a match is known by: its processes, its sockets. Nobody here answers for it. */
class ServerHeard implements Heard {
  readonly swapped = false;
  readonly closed = false;
  readonly asked = new Set<string>();
  readonly invalid = undefined;
  readonly failure = undefined;
  readonly #server: Watched;
  readonly #neighbourPort: number;

  constructor(server: Watched, neighbourPort: number) {
    this.#server = server;
    this.#neighbourPort = neighbourPort;
  }

  get connected(): boolean {
    return this.#server
      .sockets()
      .some(({ state, remotePort }) => state === 'ESTABLISHED' && remotePort !== this.#neighbourPort);
  }

  get acting(): boolean {
    return this.#server.busy();
  }
}

interface Tried {
  readonly what: 'connects' | 'quits' | Asking;
  readonly steps: readonly Text[];
  readonly missed: Missed | undefined;
}

/** Started, it listens; or why it does not. */
async function startServer(
  host: Host,
  { server: command, memoryMiB }: MatchOrders,
): Promise<{ child: HostProcess; server: Watched; problem: Text | undefined }> {
  const values = { host: host.address, port: String(PORT) };
  const [program = '', ...args] = command.map((word) => put(word, values));
  const child = host.spawn(program, args, { captureBytes: 64 * 1024 });
  const limited = new Limited(child, memoryMiB);
  const server = new Watched(child.pid, PORT);
  if (await listens(server, () => child.end !== undefined)) return { child, server, problem: undefined };
  const { end } = limited;
  const silent = text('nothing listens on the port', '该端口无人监听');
  return { child, server, problem: end === undefined ? silent : ending(end) };
}

const put = (word: string, values: Pick<Values, 'host' | 'port'>): string =>
  word.replaceAll('{host}', values.host).replaceAll('{port}', values.port);

/** The port of our own client at that server; undefined when the server did not take it. */
async function startNeighbour(world: World, protocol: string): Promise<number | undefined> {
  const orders: NeighbourOrders = {
    protocol,
    host: world.host('server').address,
    port: PORT,
    name: NEIGHBOUR,
  };
  const program = [programPath('neighbour', import.meta.url), JSON.stringify(orders)];
  const child = world.host('neighbour').spawn(process.execPath, program, { ipc: true });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), NEIGHBOUR_BOUND_MS);
    const done = (port: number | undefined): void => {
      clearTimeout(timer);
      resolve(port);
    };
    child.onMessage((message) => {
      const { port, problem } = NEIGHBOUR_SAID.parse(message);
      done(problem === null ? (port ?? undefined) : undefined);
    });
    void child.ended.then(() => done(undefined));
  });
}

/** Plays the script, part by part. When one side has ended there is nothing more to try. */
async function play(lesson: Lesson, over: () => boolean): Promise<Tried[]> {
  const { protocol, script } = lesson.parts;
  const tried: Tried[] = [];
  const attempt = async (what: Tried['what'], act: () => Promise<void>): Promise<boolean> => {
    const from = lesson.steps.length;
    const missed = await act().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof Missed) return error;
        throw error;
      },
    );
    tried.push({ what, steps: lesson.steps.slice(from), missed });
    return missed === undefined;
  };
  if (!(await attempt('connects', () => lesson.connected()))) return tried;
  for (const what of ['time', 'name', 'list'] as const) {
    if (script[what] === undefined || !protocol.can(`${what}.request`)) continue;
    if (!(await attempt(what, () => lesson.play(what))) && over()) return tried;
  }
  await attempt('quits', () => leaves(lesson));
  return tried;
}

/** The machine's clock as `{time}` shows it, now and in the seconds before: the server has no other. */
const clocks = (): string[] =>
  Array.from({ length: LATE_S }, (_, ago) =>
    new Date(Date.now() + 1_000 - ago * 1_000).toISOString().slice(11, 19),
  );

const TITLES: Readonly<Record<'serves' | Tried['what'], Text>> = {
  serves: text('The server listens', '服务器开始监听'),
  connects: text('The client connects to it', '客户端与它建立连接'),
  time: wanted('time'),
  name: wanted('name'),
  list: wanted('list'),
  quits: text('The client ends when told to', '客户端按要求退出'),
};

const round = (id: Round['id'], more: Partial<Round>): Round => ({
  id,
  verdict: 'pass',
  dependsOn: [],
  steps: [],
  expected: TITLES[id as keyof typeof TITLES],
  actual: text('as it should be', '符合预期'),
  fault: null,
  frames: [],
  ladder: null,
  bytes: null,
  output: '',
  ...more,
});

const failed = (fault: AtFault, actual: Text, { frames, ladder, bytes }: Exhibit): Partial<Round> => ({
  verdict: 'fail',
  fault,
  actual,
  frames: [...frames],
  ladder,
  bytes,
});

/** What one part came to, by what was shown and by what passed. */
function judged({ what, steps, missed }: Tried, talk: Talk | undefined, truth: Truth, output: string): Round {
  const said = { steps: [...steps], output };
  if (what === 'connects' || what === 'quits') {
    if (missed === undefined) return round(what, { steps: [...steps] });
    return round(what, {
      ...said,
      expected: missed.expected,
      ...failed('client', missed.actual, NO_EXHIBIT),
    });
  }
  const verdict = blame(what, missed === undefined, talk, truth);
  if (verdict === undefined) return round(what, { steps: [...steps] });
  return round(what, { ...said, ...failed(verdict.fault, verdict.actual, verdict.exhibit) });
}

/** Parts that the script has and that were not come to, behind the one that ended it. */
function untried(lesson: Lesson, tried: readonly Tried[]): Round[] {
  const { script, protocol } = lesson.parts;
  const last = tried.at(-1)?.what ?? 'connects';
  const all = (['time', 'name', 'list'] as const).filter(
    (what) => script[what] !== undefined && protocol.can(`${what}.request`),
  );
  return [...all, 'quits' as const]
    .filter((what) => !tried.some((one) => one.what === what))
    .map((what) =>
      round(what, {
        verdict: 'skipped',
        dependsOn: [last],
        actual: text(`not tried: ${last} came before it and ended it`, `未尝试：之前的 ${last} 已使其结束`),
      }),
    );
}

const lines = (said: string): string =>
  said
    .slice(-OUTPUT_KEPT)
    .split('\n')
    .map((line) => safeText(line))
    .join('\n');

/** The client's connection in the capture: the one that is not our own client's. */
function clientTalk(analysis: Analysis, protocol: Protocol, client: Host): Talk | undefined {
  const found = analysis.connections.findLast(({ initiator }) => initiator.address === client.address);
  return found === undefined ? undefined : talkOf(found, protocol);
}

async function match(orders: MatchOrders): Promise<Round[]> {
  const protocol = loadProtocol(orders.protocol);
  const world = await createWorld({ hosts: ['server', 'client', NEIGHBOUR] });
  let capture: Capture | undefined;
  try {
    capture = await world.host('server').capture({ file: orders.capture, filter: 'tcp' });
    const { child, server, problem } = await startServer(world.host('server'), orders);
    if (problem !== undefined) {
      const output = lines(`${child.output.text}${child.errors.text}`);
      return [round('serves', { output, ...failed('server', problem, NO_EXHIBIT) })];
    }
    const neighbourPort = await startNeighbour(world, orders.protocol);
    const host = world.host('server').address;
    const values: Values = {
      host,
      port: String(PORT),
      time: clocks()[0] ?? '',
      name: hostname(),
      peer: NEIGHBOUR,
      'peer-port': String(neighbourPort ?? 0),
    };
    const [program = '', ...args] = orders.client.map((word) => filled(word, values));
    const pupil = new Pupil(
      world.host('client').spawn(program, args, { stdin: 'pipe', stdout: 'stream', stderr: 'stream' }),
      PORT,
      orders.memoryMiB,
    );
    const lesson = new Lesson({
      ...{ protocol, script: orders.script, values, pupil, works: new Set<string>() },
      log: new ServerHeard(server, neighbourPort ?? 0),
      hangUp: () => undefined,
      alternatives: () => clocks().map((time) => ({ ...values, time })),
    });
    const tried = await play(lesson, () => pupil.end !== undefined || child.end !== undefined);
    const said = `client:\n${pupil.said}\nserver:\n${lines(`${child.output.text}${child.errors.text}`)}`;
    await pupil.stop();
    await capture.stop();
    const analysis = analyse(readFileSync(orders.capture), { protocols: [chatProtocol(protocol)] });
    const talk = clientTalk(analysis, protocol, world.host('client'));
    const epoch = analysis.epochNs ?? 0n;
    const truth = { atMs: (ns: number) => epochUs(epoch, ns) / 1_000, hostName: hostname(), neighbourPort };
    return [
      round('serves', {}),
      ...tried.map((one) => judged(one, talk, truth, said)),
      ...untried(lesson, tried),
    ];
  } finally {
    await world.close();
  }
}

await workOnStage(MATCH_ORDERS, async (orders, tell: Tell<MatchRuling>) => {
  await tell({ news: 'complete', rounds: await match(orders) });
});
