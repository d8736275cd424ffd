/** Starts a stage with a scenario on it and prints, as lines of JSON, what it does: the parent in every test here. */
import { probeWorlds, type StageKind, startStage } from '../../../src/host/index.ts';

const [, , file = '', args = '{}', kind = ''] = process.argv;
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const ability = await probeWorlds();
const worker = new URL('worker.ts', import.meta.url).pathname;
const stage = startStage([process.execPath, worker, file, args], {
  ability,
  ipc: true,
  stdout: 'inherit',
  stderr: 'inherit',
  ...(kind === '' ? {} : { kind: kind as StageKind }),
});
stage.process.onMessage((message) => say({ message }));
say({ stage: stage.id, kind: stage.kind, outer: stage.process.pid });
say({ end: await stage.ended });
