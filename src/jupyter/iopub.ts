import { assertNever } from '../bytes/index.ts';
import type { CellOutput } from './outputs.ts';

/** An output as a message of the iopub channel. */
export function iopubOf(output: CellOutput, executionCount: number): { type: string; content: object } {
  switch (output.type) {
    case 'stream':
      return { type: 'stream', content: { name: output.name, text: output.text } };
    case 'display':
    case 'update': {
      const type = output.type === 'display' ? 'display_data' : 'update_display_data';
      const transient = output.displayId === undefined ? {} : { display_id: output.displayId };
      return { type, content: { data: output.data, metadata: {}, transient } };
    }
    case 'result':
      return {
        type: 'execute_result',
        content: { data: output.data, metadata: {}, execution_count: executionCount },
      };
    case 'error': {
      const { name, value, traceback } = output.error;
      return { type: 'error', content: { ename: name, evalue: value, traceback } };
    }
    case 'clear':
      return { type: 'clear_output', content: { wait: output.wait } };
    default:
      return assertNever(output);
  }
}
