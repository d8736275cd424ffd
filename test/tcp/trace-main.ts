/** `chat-lab trace` on its own, for tests that run it as a process. */
import { Command } from 'commander';
import { main } from '../../src/bin/main.ts';
import { traceCommand } from '../../src/bin/trace.ts';

await main(new Command('chat-lab').addCommand(traceCommand()));
