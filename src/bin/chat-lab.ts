#!/usr/bin/env node
import { Command } from 'commander';
import { runCommand } from './lab-run.ts';
import { reportCommand } from './lab-report.ts';
import { main, version } from './main.ts';

const program = new Command('chat-lab')
  .description('Runs socket labs on real network stacks, and explains what happened.')
  .version(version())
  .addCommand(runCommand())
  .addCommand(reportCommand())
  .addHelpText(
    'after',
    `
Examples:
  chat-lab run 03-time-100x                  100 time requests, captured, counted, reported
  chat-lab run 03-time-100x --lang zh        with a Chinese report
  chat-lab report runs/DIR --lang zh         the report of an earlier run, made again`,
  );

await main(program);
