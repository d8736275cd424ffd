/**
 * The kernel's thread towards Jupyter: five ZeroMQ sockets, signatures, the order of requests, and what can be answered
 * without running anything. Program of a worker thread; what it asks the main thread stands in thread-messages.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Publisher, Reply, Router } from 'zeromq';
import { assertNever, KitError } from '../bytes/index.ts';
import { bindEndpoint } from './bind-endpoint.ts';
import { endBusyCode } from './busy.ts';
import { type ConnectionFile, endpointOf } from './connection-file.ts';
import { EXECUTE, HISTORY, INPUT, kernelInfo, POSITION, SHUTDOWN } from './front-content.ts';
import { CellHistory } from './history.ts';
import { iopubOf } from './iopub.ts';
import { type Header, type Received, Signer } from './message.ts';
import { isOrphan, type Parentage } from './parent-watch.ts';
import type { Question, RunId, ToFront, ToMain } from './thread-messages.ts';

/** How long the main thread may be silent before it counts as busy with code that never pauses. */
const BUSY_MS = 250;
/** How long worlds and connections may take to end before the process ends without them. */
const CLOSE_MS = 5_000;
/** How long the main thread may take to end the process. */
const DEAF_MS = 2_000;
const ABORT_MS = 20;
const PARENT_LOOK_MS = 1_000;

const { connection, version, parentage, unaskedSeconds } = workerData as {
  connection: ConnectionFile;
  version: string;
  parentage: Parentage;
  unaskedSeconds: number;
};
const main = parentPort;
if (main === null) throw new KitError('no-parent', 'front.ts is the program of a worker thread');
const tellMain = (message: ToMain): void => main.postMessage(message);

const signer = new Signer(connection.key);
const history = new CellHistory();
/** ZeroMQ takes one message at a time for each socket. */
const lines = new Map<Router | Publisher, Promise<void>>();
const answers = new Map<number, (content: object) => void>();
const heard = new Map<number, () => void>();
/** Whose outputs are whose: late ones need the request of long ago. */
const runs = new Map<RunId, Received>();
let lastId = 0;
let executionCount = 0;
let ending = false;
let spokenTo = false;

const shell = new Router({ linger: 1_000 });
const control = new Router({ linger: 1_000 });
const stdin = new Router({ linger: 1_000 });
const iopub = new Publisher({ linger: 1_000, sendHighWaterMark: 0 });
const heartbeat = new Reply({ linger: 0 });

function send(socket: Router | Publisher, frames: (Uint8Array | string)[]): Promise<void> {
  const sent = (lines.get(socket) ?? Promise.resolve()).then(async () => {
    // A cell that was ended by the end of the kernel has still something to say.
    if (socket.closed) return;
    // A router refuses a peer that is gone; its answer interests nobody any more.
    await socket.send(frames).catch((error: unknown) => {
      process.stderr.write(`kernel: a message was not sent: ${String(error)}\n`);
    });
  });
  lines.set(socket, sent);
  return sent;
}

const publish = (type: string, content: object, parent: Header | undefined): Promise<void> =>
  send(iopub, signer.write({ identities: [type], type, parent, content }));

const reply = (socket: Router, request: Received, content: object): Promise<void> => {
  const type = request.header.msg_type.replace(/_request$/, '_reply');
  return send(
    socket,
    signer.write({ identities: request.identities, type, parent: request.header, content }),
  );
};

function ask(question: Question): Promise<object> {
  const id = ++lastId;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    tellMain({ kind: 'question', id, question });
  });
}

main.on('message', (message: ToFront) => {
  switch (message.kind) {
    case 'ready':
      return;
    case 'answer':
      answers.get(message.id)?.(message.content);
      answers.delete(message.id);
      return;
    case 'heard':
      heard.get(message.id)?.();
      heard.delete(message.id);
      return;
    case 'output': {
      const { output, run } = message;
      if (output.type === 'result') history.result(run, String(output.data['text/plain']));
      const { type, content } = iopubOf(output, history.countOf(run));
      void publish(type, content, runs.get(run)?.header);
      return;
    }
    case 'ask-input': {
      const { run, prompt, password } = message;
      const request = runs.get(run);
      if (!request) return;
      const { identities, header: parent } = request;
      void send(
        stdin,
        signer.write({ identities, type: 'input_request', parent, content: { prompt, password } }),
      );
      waiting = run;
      return;
    }
    default:
      assertNever(message);
  }
});

/** The run that asked for input. */
let waiting: RunId | undefined;

/** Ends the running cell: by a message, or, when its thread is deaf with work, by V8's termination. */
async function interrupt(): Promise<void> {
  const id = ++lastId;
  const answered = new Promise<true>((resolve) => heard.set(id, () => resolve(true)));
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), BUSY_MS));
  tellMain({ kind: 'interrupt', id });
  if (await Promise.race([answered, late])) return;
  await endBusyCode();
}

interface Queued {
  readonly socket: Router;
  readonly request: Received;
}
const queue: Queued[] = [];
let working = false;

/** Requests of the shell channel one after the other; behind a failed cell the ones that wait are not run. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let next = queue.shift(); next && !ending; next = queue.shift()) {
    const { socket, request } = next;
    await framed(request, async () => {
      const content = await answer(request);
      // What was sent before Jupyter can have seen this reply: some of it may still be in the socket.
      if (stopQueue) await new Promise((resolve) => setTimeout(resolve, ABORT_MS));
      const unwanted = stopQueue ? queue.filter(isExecution) : [];
      stopQueue = false;
      await reply(socket, request, content);
      for (const one of unwanted) queue.splice(queue.indexOf(one), 1);
      aborted.push(...unwanted);
    });
    for (const one of aborted.splice(0)) await abort(one);
  }
  working = false;
}

/** `busy` before and `idle` behind everything that belongs to a request. */
async function framed(request: Received, body: () => Promise<void>): Promise<void> {
  void publish('status', { execution_state: 'busy' }, request.header);
  try {
    await body();
  } catch (error) {
    process.stderr.write(
      `kernel: ${request.header.msg_type}: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
    );
  }
  await publish('status', { execution_state: 'idle' }, request.header);
}

async function answer(request: Received): Promise<object> {
  const { content, header } = request;
  switch (header.msg_type) {
    case 'kernel_info_request':
      return kernelInfo(version);
    case 'execute_request':
      return execute(request);
    case 'complete_request':
      return ask({ ask: 'complete', ...POSITION.parse(content) });
    case 'inspect_request':
      return ask({ ask: 'inspect', ...POSITION.parse(content) });
    case 'is_complete_request':
      return ask({ ask: 'is-complete', code: POSITION.parse(content).code });
    case 'history_request':
      return { status: 'ok', history: history.answer(HISTORY.parse(content)) };
    case 'comm_info_request':
      return { status: 'ok', comms: {} };
    case 'interrupt_request':
      await interrupt();
      return { status: 'ok' };
    case 'shutdown_request':
      return shutdown(SHUTDOWN.parse(content).restart);
    default:
      return { status: 'error', ename: 'unknown-request', evalue: header.msg_type, traceback: [] };
  }
}

async function execute(request: Received): Promise<object> {
  const { code, silent, store_history, allow_stdin, stop_on_error, user_expressions } = EXECUTE.parse(
    request.content,
  );
  const stored = store_history && !silent && code.trim() !== '';
  if (stored) executionCount++;
  const run = ++lastId;
  runs.set(run, request);
  history.add(run, executionCount, code, stored);
  if (!silent) void publish('execute_input', { code, execution_count: executionCount }, request.header);
  const content = await ask({
    ask: 'execute',
    ...{ run, code, silent, count: executionCount, mayAsk: allow_stdin, expressions: user_expressions },
  });
  if ((content as { status?: unknown }).status === 'error' && stop_on_error) stopQueue = true;
  return content;
}

/** The cell that ran has failed, and those sent together with it are not to be run. */
let stopQueue = false;
const aborted: Queued[] = [];

const isExecution = ({ request }: Queued): boolean => request.header.msg_type === 'execute_request';

const abort = ({ socket, request }: Queued): Promise<void> =>
  framed(request, () => reply(socket, request, { status: 'aborted', execution_count: executionCount }));

async function shutdown(restart: boolean): Promise<object> {
  ending = true;
  const closing = ask({ ask: 'close' });
  await interrupt();
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), CLOSE_MS));
  await Promise.race([closing, late]);
  return { status: 'ok', restart };
}

async function serve(socket: Router, handle: (request: Received) => void): Promise<void> {
  for await (const frames of socket) {
    try {
      const request = signer.read(frames);
      spokenTo = true;
      handle(request);
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      process.stderr.write(`kernel: ${error.message}; the message is dropped\n`);
    }
  }
}

async function echo(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function leave(): Promise<void> {
  await Promise.all(lines.values());
  for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
  // What the last sends handed to ZeroMQ's own thread leaves within `linger`; the end of this thread would not wait.
  await new Promise((resolve) => setTimeout(resolve, 50));
  tellMain({ kind: 'leave' });
  // A main thread that is busy, still or again (an interrupted cell may go on behind its `await`), hears nothing.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), DEAF_MS);
}

await Promise.all([
  bindEndpoint(shell, endpointOf(connection, 'shell')),
  bindEndpoint(control, endpointOf(connection, 'control')),
  bindEndpoint(stdin, endpointOf(connection, 'stdin')),
  bindEndpoint(iopub, endpointOf(connection, 'iopub')),
  bindEndpoint(heartbeat, endpointOf(connection, 'hb')),
]);
void publish('status', { execution_state: 'starting' }, undefined);
void echo();
void serve(stdin, (request) => {
  if (request.header.msg_type !== 'input_reply' || waiting === undefined) return;
  const run = waiting;
  waiting = undefined;
  tellMain({ kind: 'input', run, value: INPUT.parse(request.content).value });
});
void serve(control, (request) => {
  void framed(request, async () => {
    const content = await answer(request);
    await reply(control, request, content);
  }).then(() => {
    if (ending) return leave();
    return undefined;
  });
});
void serve(shell, (request) => {
  if (request.header.msg_type === 'comm_open' || request.header.msg_type.startsWith('comm_')) {
    if (request.header.msg_type === 'comm_open') refuseComm(request);
    if (request.header.msg_type !== 'comm_info_request') return;
  }
  queue.push({ socket: shell, request });
  work().then(
    () => (ending ? leave() : undefined),
    (error: unknown) => process.stderr.write(`kernel: ${String(error)}\n`),
  );
});

/** Nobody here speaks any comm: the opener is told at once, as the protocol wants it. */
function refuseComm(request: Received): void {
  const { comm_id } = request.content as { comm_id?: unknown };
  void publish('comm_close', { comm_id, data: {} }, request.header);
}

const watch = setInterval(() => {
  if (!isOrphan(parentage, { spokenTo, upSeconds: process.uptime(), unaskedSeconds })) return;
  clearInterval(watch);
  // A shutdown that was asked for is on its way already.
  if (!ending) void shutdown(false).then(leave);
}, PARENT_LOOK_MS);
