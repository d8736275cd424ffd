/** Puts what cells can use beside the REPL's commands into their scope. */
import { hostname } from 'node:os';
import { KitError, text } from '../bytes/index.ts';
import { Server } from '../net/index.ts';
import { currentSignal, shownAs } from '../repl/index.ts';
import type { Cells } from './cells.ts';
import { bindWorlds } from './bind-worlds.ts';
import { checkExercise, type ExerciseOutcome, underNbgrader } from './exercise.ts';
import { lockDown } from './lock-down.ts';
import { displayedAs, drawingBundle } from './mime.ts';
import type { MimeBundle } from './outputs.ts';

/** `graded` hears the outcome of every exercise from us, whatever cells show. */
export function bindHelpers(cells: Cells, graded?: (outcome: ExerciseOutcome) => void): void {
  const { scope } = cells.evaluator;
  const shown = (type: string) => (text: unknown) => {
    const content = String(text);
    const bundle: MimeBundle = { 'text/plain': content, [type]: content };
    return displayedAs({ [type]: content }, () => bundle);
  };
  scope['display'] = (...values: unknown[]) => {
    for (const value of values) cells.display(value);
  };
  scope['html'] = shown('text/html');
  scope['svg'] = (text: unknown) => {
    const content = String(text);
    return displayedAs({ 'image/svg+xml': content }, () => ({
      ...drawingBundle(content, 'a drawing'),
      'text/plain': content,
    }));
  };
  scope['markdown'] = shown('text/markdown');
  scope['clearOutput'] = ({ wait = false }: { wait?: boolean } = {}) => {
    cells.host.output({ type: 'clear', wait });
  };
  scope['input'] = (prompt: unknown = '', { password = false }: { password?: boolean } = {}) => {
    const { input } = cells.host;
    if (input === undefined) {
      throw new KitError('no-input', text('nobody can be asked here', '这里无法提问'), {
        fault: 'usage',
        hint: text(
          'Run the notebook in Jupyter, or give the value in the cell.',
          '请在 Jupyter 中运行笔记本，或在单元格中直接给出值。',
        ),
      });
    }
    return input(String(prompt), password);
  };
  scope['sleep'] = (ms: unknown) => sleep(Number(ms));
  scope['chatServer'] = () => chatServer(cells);
  bindExercise(cells, graded);
  bindWorlds(cells);
}

function bindExercise(cells: Cells, graded?: (outcome: ExerciseOutcome) => void): void {
  const { scope } = cells.evaluator;
  const strict = underNbgrader();
  const exercise = (id: unknown, answer?: unknown, evidence?: unknown): unknown => {
    const check = (given: unknown): ExerciseOutcome | undefined => {
      const outcome = checkExercise(String(id), given, evidence, cells.language, { strict });
      graded?.(outcome);
      if (!strict) return outcome;
      // nbgrader reads a test cell's result as the points; a word in their place it may come to treat as an error.
      cells.display(outcome);
      return undefined;
    };
    // `let t = capture(…)` without `await` is as good an answer.
    return answer instanceof Promise ? answer.then(check) : check(answer);
  };
  scope['exercise'] = exercise;
  if (!strict) return;
  // An answer runs in the kernel that checks it. As in labs/grade, it cannot take the check's place in passing.
  lockDown();
  const refuse = (): never => {
    throw new KitError(
      'locked-name',
      text(
        '`exercise` is the check of this notebook and keeps its meaning',
        '`exercise` 是本笔记本的检查，含义不能改变',
      ),
      {
        fault: 'usage',
        hint: text('Give your own value another name.', '请给你的值另取一个名字。'),
      },
    );
  };
  Object.defineProperty(scope, 'exercise', { get: () => exercise, set: refuse, configurable: false });
}

/** The session's commands go to it from now on. */
async function chatServer(cells: Cells): Promise<object> {
  const { session } = cells;
  const server = await Server.listen({ protocol: session.protocol, port: 0, hostName: hostname() });
  cells.keep(() => server.close());
  await session.disconnect();
  const { address: host, port } = server.local;
  session.target = { host, port };
  await session.connect(session.target, session.name, {});
  return shownAs({ host, port }, () => `a chat server listens on ${host}:${port}, and you are connected`);
}

function sleep(ms: number): Promise<void> {
  const signal = currentSignal();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener('abort', stopped);
      resolve();
    }
    function stopped(): void {
      clearTimeout(timer);
      reject(new KitError('interrupted', text('interrupted', '已中断'), { fault: 'peer' }));
    }
    signal?.addEventListener('abort', stopped, { once: true });
  });
}
