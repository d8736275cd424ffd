import { english, KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import type { HostProcess } from '../host/index.ts';
import { REPORT } from './report-protocol.ts';

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: KitError) => void;
  readonly progress: (done: number) => void;
}

/** Orders to a process of the lab, and its reports: each order gets one answer, or the process ends. */
export class Asker {
  readonly process: HostProcess;
  readonly ready: Promise<void>;
  readonly #open = new Map<number, Question>();
  #last = 0;

  constructor(process: HostProcess, records: (records: readonly AppRecord[]) => void) {
    this.process = process;
    let isReady: () => void = () => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    process.onMessage((message) => {
      const report = REPORT.parse(message);
      switch (report.report) {
        case 'ready':
          isReady();
          return;
        case 'records':
          records(report.records);
          return;
        case 'progress':
          this.#open.get(report.id)?.progress(report.done);
          return;
        case 'done':
          this.#open.get(report.id)?.resolve(report.value);
          this.#open.delete(report.id);
          return;
        case 'failed':
          this.#open
            .get(report.id)
            ?.reject(new KitError(report.error.code, english(report.error.message), { fault: 'peer' }));
          this.#open.delete(report.id);
          return;
      }
    });
    void process.ended.then(() => {
      const words = process.errors.text.slice(-400);
      const gone = new KitError('client-gone', english(`the process ended: ${words}`), { fault: 'machine' });
      for (const { reject } of this.#open.values()) reject(gone);
      this.#open.clear();
    });
  }

  ask(order: object, progress: (done: number) => void = () => undefined): Promise<unknown> {
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject, progress });
      if (this.process.send({ ...order, id })) return;
      this.#open.delete(id);
      reject(new KitError('client-gone', english('the process has ended'), { fault: 'machine' }));
    });
    // A scenario may ask now and wait later; when the run ends in between nobody waits any more.
    answer.catch(() => undefined);
    return answer;
  }
}
