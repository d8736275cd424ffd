#!/usr/bin/env node
import { Command } from 'commander';
import { gradeCommand } from './grade.ts';
import { doctorCommand } from './lab-doctor.ts';
import { reportCommand } from './lab-report.ts';
import { runCommand } from './lab-run.ts';
import { notebookCommand } from './lab-notebook.ts';
import { topCommand } from './lab-top.ts';
import { main, version } from './main.ts';
import { protocolCommand } from './protocol.ts';
import { traceCommand } from './trace.ts';

const program = new Command('chat-lab')
  .description('Runs socket labs on real network stacks, and explains what happened.')
  .version(version())
  .addCommand(runCommand())
  .addCommand(reportCommand())
  .addCommand(gradeCommand())
  .addCommand(traceCommand())
  .addCommand(protocolCommand())
  .addCommand(notebookCommand())
  .addCommand(topCommand())
  .addCommand(doctorCommand())
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

await main(program);
