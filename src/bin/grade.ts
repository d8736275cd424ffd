import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { KitError } from '../bytes/index.ts';
import {
  gradeClient,
  gradeNotebook,
  gradeReport,
  gradeServer,
  isNotebook,
  readClientScript,
} from '../grade/index.ts';
import { version } from './main.ts';
import { classCommand } from './grade-class.ts';
import { emitGrade, type GradeFlags, withGradeFlags } from './grade-output.ts';

export function gradeCommand(): Command {
  return new Command('grade')
    .addCommand(reportCommand())
    .addCommand(serverCommand())
    .addCommand(clientCommand())
    .addCommand(classCommand());
}

function reportCommand(): Command {
  return withGradeFlags(new Command('report'))
    .description(
      'Verdicts made afresh from the evidence of a run; nothing is read from its report but the answers. Or a notebook, run again.',
    )
    .argument('<path>', 'the directory of the run, as the student handed it in; or the notebook (.ipynb)')
    .option('--student <id>', 'whose it must be; another student’s evidence is then ungradable')
    .option('--cell-seconds <n>', 'of a notebook: a cell that takes longer is ended', seconds, 60)
    .action(async (path: string, flags: ReportFlags) => {
      const kit = version();
      const whose = flags.student === undefined ? {} : { student: flags.student };
      const grade = isNotebook(path)
        ? await gradeNotebook(path, { ...whose, cellSeconds: flags.cellSeconds })
        : await gradeReport(path, { kit, ...whose });
      emitGrade(grade, flags);
    });
}

interface ReportFlags extends GradeFlags {
  readonly student?: string;
  readonly cellSeconds: number;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('Give seconds, up to 3600.');
  return value;
}

interface ServerFlags extends GradeFlags {
  readonly protocol: string;
  readonly student?: string;
  readonly seed: number;
  readonly port?: number;
  readonly only?: string[];
  readonly memory?: number;
  readonly sandbox: boolean;
  readonly evidence?: string;
}

/** Of `--memory`. */
const MEMORY = 'what it and all that it starts may hold, in MiB; beyond it is ended (default: 2048)';

const whole = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};

function serverCommand(): Command {
  return withGradeFlags(new Command('server'))
    .description('Starts a server, in whatever language, on a host of its own and drives it from another.')
    .argument('<command...>', 'after --: the server; {port} in it, and PORT in its environment, is its port')
    .option('--protocol <name|file>', 'protocol that it speaks, or the path of its description', 'clp')
    .option('--student <id>', 'whose it is')
    .option('--seed <n>', 'fixes where packets are cut and what is mixed', whole, 1)
    .option('--port <port>', 'the port, of a server that cannot be told one', whole)
    .option('--only <check...>', 'only these checks, and what they depend on')
    .option('--evidence <dir>', 'keep what the grade rests on: the capture, and each try of each check')
    .option('--memory <MiB>', MEMORY, whole)
    .option('--no-sandbox', 'let the server change this machine; else it may write in its own folder only')
    .action(async (command: string[], options: ServerFlags) => {
      const { protocol, seed, student, port, only, memory, sandbox, evidence, ...flags } = options;
      const grade = await gradeServer({
        command,
        protocol,
        seed,
        enclosed: sandbox,
        ...(memory === undefined ? {} : { memoryMiB: memory }),
        ...(evidence === undefined ? {} : { keep: resolve(evidence) }),
        ...(student === undefined ? {} : { student }),
        ...(port === undefined ? {} : { port }),
        ...(only === undefined ? {} : { only }),
        progress: (id, verdict) => {
          if (process.stderr.isTTY) process.stderr.write(`${verdict.padEnd(8)} ${id}\n`);
        },
      });
      emitGrade(grade, flags);
    });
}

interface ClientFlags extends GradeFlags {
  readonly script: string;
  readonly protocol: string;
  readonly student?: string;
  readonly seed: number;
  readonly port?: number;
  readonly only?: string[];
  readonly memory?: number;
  readonly sandbox: boolean;
  readonly evidence?: string;
}

function readScript(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KitError('no-script', `the script cannot be read: ${why}`, { fault: 'usage', cause: error });
  }
}

function clientCommand(): Command {
  return withGradeFlags(new Command('client'))
    .description(
      'Starts a client on a host of its own, types what a script says, and answers it well and badly.',
    )
    .argument(
      '<command...>',
      'after --: the client; {host} and {port} in it, and HOST and PORT in its environment, say where the server is',
    )
    .requiredOption('--script <file>', 'YAML: what is typed and what must be shown (docs/GRADE-CLIENT.md)')
    .option('--protocol <name|file>', 'protocol that it speaks, or the path of its description', 'clp')
    .option('--student <id>', 'whose it is')
    .option('--seed <n>', 'fixes names, times and where packets are cut', whole, 1)
    .option('--port <port>', 'the port of the server, for a client that cannot be told one', whole)
    .option('--only <check...>', 'only these checks, and what they depend on')
    .option('--evidence <dir>', 'keep what the grade rests on: the capture, and each try of each check')
    .option('--memory <MiB>', MEMORY, whole)
    .option('--no-sandbox', 'let the client change this machine; else it may write in its own folder only')
    .action(async (command: string[], options: ClientFlags) => {
      const { script, protocol, seed, student, port, only, memory, sandbox, evidence, ...flags } = options;
      const grade = await gradeClient({
        command,
        script: readClientScript(readScript(script), script),
        protocol,
        seed,
        enclosed: sandbox,
        ...(memory === undefined ? {} : { memoryMiB: memory }),
        ...(evidence === undefined ? {} : { keep: resolve(evidence) }),
        ...(port === undefined ? {} : { port }),
        ...(student === undefined ? {} : { student }),
        ...(only === undefined ? {} : { only }),
        progress: (id, verdict) => {
          if (process.stderr.isTTY) process.stderr.write(`${verdict.padEnd(8)} ${id}\n`);
        },
      });
      emitGrade(grade, flags);
    });
}
