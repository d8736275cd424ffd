/** `chat-lab trace` as a process that says at its end how much memory it had at most, whoever measures. */
process.on('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS} KB\n`));
await import('./trace-main.ts');
