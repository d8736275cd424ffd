/** A worker that ends as it is told to; `wait` waits for a SIGTERM and says so. */
export default async function ending(args: { how: 'exit' | 'signal' | 'wait' | 'ignore' }) {
  process.send?.({ pid: process.pid, ppid: process.ppid, groups: process.getuid?.() });
  switch (args.how) {
    case 'exit':
      process.exit(7);
      break;
    case 'signal':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'wait':
      process.on('SIGTERM', () => process.exit(42));
      break;
    default:
      process.on('SIGTERM', () => undefined);
  }
  process.send?.({ ready: true });
  await new Promise(() => setInterval(() => undefined, 1000));
}
