/** What a cell shows, in the order in which it came: the same for Jupyter's iopub and for an `.ipynb` file. */

/** MIME type to content; `text/plain` is always among them. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export interface CellError {
  readonly name: string;
  readonly value: string;
  /** Lines for people, ready to print. */
  readonly traceback: readonly string[];
}

export type CellOutput =
  | { readonly type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'display'; readonly data: MimeBundle; readonly displayId?: string }
  | { readonly type: 'update'; readonly data: MimeBundle; readonly displayId: string }
  | { readonly type: 'result'; readonly data: MimeBundle }
  | { readonly type: 'error'; readonly error: CellError }
  | { readonly type: 'clear'; readonly wait: boolean };
