/** `world`, `capture`, `sockets`, `trace`, `sampleCapture`, `protocol` in cells. */
import { KitError, text } from '../bytes/index.ts';
import type { WorldPlan } from '../host/index.ts';
import type { AppProtocol } from '../tcp/index.ts';
import type { Protocol } from '../wire/index.ts';
import { CaptureView } from './capture-view.ts';
import type { Cells } from './cells.ts';
import { openProtocol, protocolView } from './protocol-view.ts';
import { samplePath } from './samples.ts';
import { appProtocols, viewOfFile } from './trace-view.ts';
import { NotebookWorld } from './world/notebook-world.ts';

export function bindWorlds(cells: Cells): void {
  const { scope } = cells.evaluator;
  const worlds: NotebookWorld[] = [];
  const own: Protocol[] = [];
  const known = (): AppProtocol[] => appProtocols(own);

  const latest = (): NotebookWorld => {
    const open = worlds.filter((one) => !one.isClosed).at(-1);
    if (open) return open;
    throw new KitError('no-world', text('there is no world', '还没有 world'), {
      fault: 'usage',
      hint: text(
        "Build one first: const w = await world({ hosts: ['server', 'client'] })",
        "请先建立：const w = await world({ hosts: ['server', 'client'] })",
      ),
    });
  };

  scope['world'] = async (plan: Partial<WorldPlan> = {}) => {
    const made = await NotebookWorld.build({ hosts: ['server', 'client'], ...plan }, cells.language);
    worlds.push(made);
    cells.keep(() => made.close());
    return made;
  };
  scope['sockets'] = (of: unknown) => (of instanceof NotebookWorld ? of : latest()).sockets();
  scope['capture'] = async (run: unknown, options: { world?: NotebookWorld; filter?: string } = {}) => {
    if (typeof run !== 'function') {
      throw new KitError('wrong-call', text('capture: it wants a function', 'capture：需要一个函数'), {
        fault: 'usage',
        hint: text(
          'For example: const t = await capture(async () => { await c.time(); })',
          '例如：const t = await capture(async () => { await c.time(); })',
        ),
      });
    }
    const where = options.world ?? latest();
    await where.startCapture(options.filter ?? 'tcp');
    let value: unknown;
    let failure: { error: unknown } | undefined;
    try {
      value = await (run as () => unknown)();
    } catch (error) {
      failure = { error };
    }
    const files = await where.stopCapture();
    if (failure) throw failure.error;
    return new CaptureView(files, value, known(), cells.language);
  };
  scope['lang'] = (language: unknown) => {
    cells.language = language === 'zh' ? 'zh' : 'en';
  };
  scope['trace'] = (file: unknown) => viewOfFile(String(file), known(), cells.language);
  scope['sampleCapture'] = (name: unknown) => samplePath(String(name));
  scope['protocol'] = (nameOrYaml: unknown) => {
    const protocol = openProtocol(String(nameOrYaml));
    own.push(protocol);
    return protocolView(protocol, cells.language);
  };
}
