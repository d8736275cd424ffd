/**
 * Node warns, once, when a script evaluated by `vm` imports by the loader of the main context: "an experimental feature".
 * That is a choice of ours (evaluator.ts), and says nothing to whoever typed `await import(…)`. What Node has to say of
 * what they import themselves is still printed.
 */
const OURS = 'vm.USE_MAIN_CONTEXT_DEFAULT_LOADER';

let hidden = false;

/** Takes Node's own printer of warnings out and puts it back behind a filter; other listeners stay as they are. */
export function hideOwnWarning(): void {
  if (hidden) return;
  hidden = true;
  // Node's is there before any program's; under `--no-warnings` there is none.
  const [print] = process.listeners('warning');
  if (print === undefined) return;
  process.off('warning', print);
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning' || !warning.message.startsWith(OURS)) print(warning);
  });
}
