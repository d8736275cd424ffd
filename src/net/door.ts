import type { Decoder, RequestNumber } from '../wire/index.ts';
import type { Admission, Refusal } from './admission.ts';

/** What came of what a client said at the door. */
export type Knock =
  | { readonly kind: 'wait' }
  /** It said goodbye instead. */
  | { readonly kind: 'goodbye' }
  /** It has shown the token, with this request. */
  | { readonly kind: 'in'; readonly request: RequestNumber }
  /** It stays outside. `request` is what is to be answered with an error, where it was a request. */
  | { readonly kind: 'refused'; readonly request?: RequestNumber; readonly refusal: Refusal };

/** Where a client stands until it has shown the token: it has one packet to say, and so long to say it. */
export class Door {
  readonly #admission: Admission;
  readonly #address: string;
  readonly #sinceMs: number;

  constructor(admission: Admission, address: string, sinceMs: number) {
    this.#admission = admission;
    this.#address = address;
    this.#sinceMs = sinceMs;
  }

  /** Reads the client's first packet, if it is there. A wrong token counts against the client's address. */
  knock(decoder: Decoder, clockMs: number): Knock {
    const next = decoder.next();
    if (next.type === 'need-more') return { kind: 'wait' };
    if (next.type === 'bye.indication') return { kind: 'goodbye' };
    if (next.type === 'invalid') {
      const text = `at byte ${next.offset} of what you sent: ${next.message}`;
      return { kind: 'refused', refusal: { status: 'bad-packet', text } };
    }
    if (next.type === 'token.request') {
      const { request, token } = next;
      const refusal = this.#refusalOf(token, clockMs);
      return refusal === undefined ? { kind: 'in', request } : { kind: 'refused', request, refusal };
    }
    return {
      kind: 'refused',
      refusal: { status: 'bad-token', text: 'the token comes first' },
      ...(next.type.endsWith('.request') ? { request: next.request } : {}),
    };
  }

  #refusalOf(token: string, clockMs: number): Refusal | undefined {
    const guessing = this.#admission.guessing(this.#address, clockMs);
    if (guessing !== undefined) return guessing;
    if (this.#admission.knows(token, this.#address, clockMs)) return undefined;
    return { status: 'bad-token', text: 'the token is wrong' };
  }

  /** Why who has said nothing all the while stays outside; undefined: there is time yet. */
  tooLate(clockMs: number): Refusal | undefined {
    const { tokenMs } = this.#admission;
    if (clockMs - this.#sinceMs < tokenMs) return undefined;
    return { status: 'bad-token', text: `no token came within ${tokenMs / 1000} s` };
  }
}
