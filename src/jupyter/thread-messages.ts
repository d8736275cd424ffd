/** What the two threads of a kernel say to each other: the front speaks to Jupyter, the main thread runs cells. */
import type { CellOutput } from './outputs.ts';

/** The number of a cell's execution, given by the front. */
export type RunId = number;

export type Question =
  | {
      readonly ask: 'execute';
      readonly run: RunId;
      readonly code: string;
      readonly silent: boolean;
      readonly count: number;
      readonly mayAsk: boolean;
      readonly expressions: Readonly<Record<string, string>>;
    }
  | { readonly ask: 'complete'; readonly code: string; readonly cursor: number }
  | { readonly ask: 'inspect'; readonly code: string; readonly cursor: number }
  | { readonly ask: 'is-complete'; readonly code: string }
  | { readonly ask: 'close' };

export type ToMain =
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  /** Ends the cell that runs. Answered with `heard` before anything else, so that the front knows a busy thread. */
  | { readonly kind: 'interrupt'; readonly id: number }
  | { readonly kind: 'input'; readonly run: RunId; readonly value: string }
  /** Everything is closed and said: the process ends. */
  | { readonly kind: 'leave' };

export type ToFront =
  | { readonly kind: 'answer'; readonly id: number; readonly content: object }
  | { readonly kind: 'heard'; readonly id: number }
  | { readonly kind: 'output'; readonly run: RunId; readonly output: CellOutput }
  | { readonly kind: 'ask-input'; readonly run: RunId; readonly prompt: string; readonly password: boolean }
  | { readonly kind: 'ready' };
