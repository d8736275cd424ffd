#!/usr/bin/env node
import { Command } from 'commander';
import { main, version } from './main.ts';

/** Only the one that is asked for is loaded: to load all takes longer than most of them take to run. */
const COMMANDS: readonly { name: string; description: string; load: () => Promise<Command> }[] = [
  {
    name: 'run',
    description: 'Runs labs for real and writes, for each, a directory with its evidence and its report.',
    load: async () => (await import('./lab-run.ts')).runCommand(),
  },
  {
    name: 'report',
    description:
      'Checks the evidence of an earlier run afresh and writes its report again. Needs no network.',
    load: async () => (await import('./lab-report.ts')).reportCommand(),
  },
  {
    name: 'grade',
    description: 'Grades what a student hands in: evidence of a run, a server, a client, or a whole class.',
    load: async () => (await import('./grade.ts')).gradeCommand(),
  },
  {
    name: 'trace',
    description: 'Explains a TCP capture: pcap, pcapng, either gzipped, or the text that tcpdump prints.',
    load: async () => (await import('./trace.ts')).traceCommand(),
  },
  {
    name: 'protocol',
    description: 'Explains, checks and translates a protocol description.',
    load: async () => (await import('./protocol.ts')).protocolCommand(),
  },
  {
    name: 'notebook',
    description: 'Notebooks that teach the lab: a kernel for Jupyter, and a runner that needs no Jupyter.',
    load: async () => (await import('./lab-notebook.ts')).notebookCommand(),
  },
  {
    name: 'top',
    description: 'A live picture of a running chatd, or of a running lab.',
    load: async () => (await import('./lab-top.ts')).topCommand(),
  },
  {
    name: 'doctor',
    description: 'What this machine can do, lab by lab, and the one line that would mend each lack.',
    load: async () => (await import('./lab-doctor.ts')).doctorCommand(),
  },
];

// The word of a class, for its server and its clients (docs/CHATD.md). Labs, worlds and grades start servers of their own,
// whose packets are to be read and whose clients know no word.
delete process.env['CHAT_TOKEN'];

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const wanted = words[0] === 'help' ? words[1] : words[0];

const program = new Command('chat-lab')
  .description('Runs socket labs on real network stacks, and explains what happened.')
  .version(version())
  .configureHelp({ subcommandTerm: (command) => command.name() })
  .addHelpText(
    'after',
    `
Examples:
  chat-lab run 03-time-100x                  100 time requests, captured, counted, reported
  chat-lab run 03-time-100x --lang zh        with a Chinese report
  chat-lab report runs/DIR --lang zh         the report of an earlier run, made again
  chat-lab grade report runs/DIR             a student's run, checked afresh from its evidence
  chat-lab trace runs/DIR/client.pcap        what a capture shows, in words
  chat-lab protocol check ./mine.yaml        what will go wrong with your protocol, and where it shows
  chat-lab top                               a live picture of the running chatd
  chat-lab doctor                            what this machine can do`,
  );

for (const { name, description, load } of COMMANDS) {
  const command = name === wanted ? await load() : new Command(name);
  program.addCommand(command.description(description));
}
await main(program);
