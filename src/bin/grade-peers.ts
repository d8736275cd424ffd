/** `chat-lab grade server` and `grade client`: a program of a student's, whose command stands behind `--`. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  DEFAULT_MEMORY_MIB,
  gradeClient,
  gradeServer,
  readClientScript,
  readTextFile,
} from '../grade/index.ts';
import { adjustmentsOf, emitGrade, type GradeFlags, withGradeFlags } from './grade-output.ts';

interface PeerFlags extends GradeFlags {
  readonly protocol: string;
  readonly student?: string;
  readonly seed: number;
  readonly port?: number;
  readonly only?: string[];
  readonly memory: number;
  readonly sandbox: boolean;
  readonly evidence?: string;
}

interface ClientFlags extends PeerFlags {
  readonly script: string;
}

const whole = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};

/** The flags of both; `seed` and `port` say what they fix and whose it is. */
function withPeerFlags(command: Command, who: 'server' | 'client', seed: string, port: string): Command {
  return withGradeFlags(command)
    .option('--protocol <name|file>', 'protocol that it speaks, or the path of its description', 'clp')
    .option('--student <id>', 'whose it is')
    .option('--seed <n>', seed, whole, 1)
    .option('--port <port>', port, whole)
    .option('--only <check...>', 'only these checks, and what they depend on')
    .option('--evidence <dir>', 'keep what the grade rests on: the capture, and each try of each check')
    .option(
      '--memory <MiB>',
      'what it and all that it starts may hold, in MiB; beyond it is ended',
      whole,
      DEFAULT_MEMORY_MIB,
    )
    .option('--no-sandbox', `let the ${who} change this machine; else it may write in its own folder only`);
}

/** What a grading is given by the flags of both. */
const optionsOf = ({ protocol, seed, student, port, only, memory, sandbox, evidence }: PeerFlags) => ({
  ...{ protocol, seed, enclosed: sandbox, memoryMiB: memory },
  ...(evidence === undefined ? {} : { keep: resolve(evidence) }),
  ...(student === undefined ? {} : { student }),
  ...(port === undefined ? {} : { port }),
  ...(only === undefined ? {} : { only }),
  progress: (id: string, verdict: string) => {
    if (process.stderr.isTTY) process.stderr.write(`${verdict.padEnd(8)} ${id}\n`);
  },
});

export function serverCommand(): Command {
  const command = new Command('server')
    .description('Starts a server, in whatever language, on a host of its own and drives it from another.')
    .argument('<command...>', 'after --: the server; {port} in it, and PORT in its environment, is its port');
  const seed = 'fixes where packets are cut and what is mixed';
  const port = 'the port, of a server that cannot be told one';
  return withPeerFlags(command, 'server', seed, port).action(async (words: string[], flags: PeerFlags) => {
    const adjustments = adjustmentsOf(flags);
    emitGrade(await gradeServer({ command: words, ...optionsOf(flags) }), adjustments, flags);
  });
}

export function clientCommand(): Command {
  const command = new Command('client')
    .description(
      'Starts a client on a host of its own, types what a script says, and answers it well and badly.',
    )
    .argument(
      '<command...>',
      'after --: the client; {host} and {port} in it, and HOST and PORT in its environment, say where the server is',
    )
    .requiredOption('--script <file>', 'YAML: what is typed and what must be shown (docs/GRADE-CLIENT.md)');
  const seed = 'fixes names, times and where packets are cut';
  const port = 'the port of the server, for a client that cannot be told one';
  return withPeerFlags(command, 'client', seed, port).action(async (words: string[], flags: ClientFlags) => {
    const script = readClientScript(readTextFile(flags.script), flags.script);
    const adjustments = adjustmentsOf(flags);
    emitGrade(await gradeClient({ command: words, script, ...optionsOf(flags) }), adjustments, flags);
  });
}
