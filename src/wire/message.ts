import { text, type Text } from '../bytes/index.ts';
/**
 * The vocabulary of the kit: what can be said, whatever the bytes look like.
 *
 * A protocol description maps its packets to these messages; everything above `wire/` speaks messages only, which is
 * why any group's protocol works everywhere. A message's `type` is its operation and its kind: a *request* wants an
 * answer, a *response* is one, an *indication* is said unasked.
 */

/** The number by which the server knows a client. */
export type ClientId = number & { readonly brand: 'ClientId' };

/** Correlates a response with its request; chosen by whoever asks. 0 where the protocol has no request numbers. */
export type RequestNumber = number & { readonly brand: 'RequestNumber' };

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly brand: 'EpochMs' };

export const clientId = (value: number): ClientId => value as ClientId;
export const requestNumber = (value: number): RequestNumber => value as RequestNumber;
export const epochMs = (value: number): EpochMs => value as EpochMs;

/** One row of the server's list of clients. `name` is empty for a client that never gave one. */
export interface ClientEntry {
  readonly id: ClientId;
  readonly address: string;
  readonly port: number;
  readonly name: string;
}

/** Why a request failed, or a connection ends. Descriptions map these names to their own numbers. */
export const STATUS = [
  'ok',
  'bad-packet',
  'unknown-operation',
  'unknown-client',
  'receiver-gone',
  'receiver-slow',
  'text-too-long',
  'name-taken',
  'bad-name',
  'too-many-clients',
  'too-many-requests',
  'too-slow',
  'idle',
  'shutting-down',
  'refused',
  'internal',
  'bad-token',
] as const;
export type Status = (typeof STATUS)[number];

/** What became of a text: the receiver's client said that it has it, or it was only written to its connection. */
export const OUTCOMES = ['delivered', 'forwarded'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type Message =
  | { type: 'hello.indication'; request: RequestNumber; id: ClientId; text: string }
  | { type: 'hello.request'; request: RequestNumber; name: string }
  | { type: 'hello.response'; request: RequestNumber; id: ClientId }
  | { type: 'time.request'; request: RequestNumber }
  | { type: 'time.response'; request: RequestNumber; time: EpochMs }
  | { type: 'name.request'; request: RequestNumber }
  | { type: 'name.response'; request: RequestNumber; name: string }
  | { type: 'list.request'; request: RequestNumber; after: ClientId }
  | { type: 'list.response'; request: RequestNumber; more: boolean; clients: readonly ClientEntry[] }
  | {
      type: 'send.request';
      request: RequestNumber;
      /** The receiver, by number or (where a protocol has no numbers) by address and port. */
      to: ClientId;
      toAddress: string;
      toPort: number;
      text: string;
    }
  | { type: 'send.response'; request: RequestNumber; outcome: Outcome }
  | {
      type: 'deliver.indication';
      request: RequestNumber;
      from: ClientId;
      fromAddress: string;
      fromPort: number;
      text: string;
    }
  | { type: 'deliver.response'; request: RequestNumber }
  | { type: 'heartbeat.request'; request: RequestNumber }
  | { type: 'heartbeat.response'; request: RequestNumber }
  | { type: 'token.indication'; request: RequestNumber }
  | { type: 'token.request'; request: RequestNumber; token: string }
  | { type: 'token.response'; request: RequestNumber }
  | { type: 'bye.indication'; request: RequestNumber; status: Status; text: string }
  | { type: 'error.response'; request: RequestNumber; status: Status; text: string }
  | { type: 'error.indication'; request: RequestNumber; status: Status; text: string };

export type MessageType = Message['type'];

/** Who may say a message. */
export type Speaker = 'client' | 'server';

/** Who speaks, in a sentence. */
export const SPEAKERS: Readonly<Record<Speaker, Text>> = {
  client: text('client', '客户端'),
  server: text('server', '服务器'),
};

export type MessageKind = 'request' | 'response' | 'indication';

/** What a message's field means; a description's field carries it in any layout that can hold the meaning. */
export type Meaning = 'number' | 'boolean' | 'time' | 'text' | 'address' | 'status' | 'outcome' | 'clients';

export interface FieldMeaning {
  readonly meaning: Meaning;
  /** A description may leave the field out; decoding then gives this value. Absent: every description has it. */
  readonly absent?: number | boolean | string;
}

/** What may be said by whom, and what it carries. The one table from which codecs, checks and docs are made. */
export const VOCABULARY: Record<
  MessageType,
  { readonly speakers: readonly Speaker[]; readonly fields: Readonly<Record<string, FieldMeaning>> }
> = {
  'hello.indication': {
    speakers: ['server'],
    fields: { id: { meaning: 'number', absent: 0 }, text: { meaning: 'text', absent: '' } },
  },
  'hello.request': { speakers: ['client'], fields: { name: { meaning: 'text' } } },
  'hello.response': { speakers: ['server'], fields: { id: { meaning: 'number', absent: 0 } } },
  'time.request': { speakers: ['client'], fields: {} },
  'time.response': { speakers: ['server'], fields: { time: { meaning: 'time' } } },
  'name.request': { speakers: ['client'], fields: {} },
  'name.response': { speakers: ['server'], fields: { name: { meaning: 'text' } } },
  'list.request': { speakers: ['client'], fields: { after: { meaning: 'number', absent: 0 } } },
  'list.response': {
    speakers: ['server'],
    fields: { more: { meaning: 'boolean', absent: false }, clients: { meaning: 'clients' } },
  },
  'send.request': {
    speakers: ['client'],
    fields: {
      to: { meaning: 'number', absent: 0 },
      toAddress: { meaning: 'address', absent: '' },
      toPort: { meaning: 'number', absent: 0 },
      text: { meaning: 'text' },
    },
  },
  'send.response': { speakers: ['server'], fields: { outcome: { meaning: 'outcome', absent: 'forwarded' } } },
  'deliver.indication': {
    speakers: ['server'],
    fields: {
      from: { meaning: 'number', absent: 0 },
      fromAddress: { meaning: 'address', absent: '' },
      fromPort: { meaning: 'number', absent: 0 },
      text: { meaning: 'text' },
    },
  },
  'deliver.response': { speakers: ['client'], fields: {} },
  'heartbeat.request': { speakers: ['client', 'server'], fields: {} },
  'heartbeat.response': { speakers: ['client', 'server'], fields: {} },
  'token.indication': { speakers: ['server'], fields: {} },
  'token.request': { speakers: ['client'], fields: { token: { meaning: 'text' } } },
  'token.response': { speakers: ['server'], fields: {} },
  'bye.indication': {
    speakers: ['client', 'server'],
    fields: { status: { meaning: 'status', absent: 'ok' }, text: { meaning: 'text', absent: '' } },
  },
  'error.response': {
    speakers: ['server'],
    fields: { status: { meaning: 'status', absent: 'refused' }, text: { meaning: 'text', absent: '' } },
  },
  'error.indication': {
    speakers: ['server'],
    fields: { status: { meaning: 'status', absent: 'refused' }, text: { meaning: 'text', absent: '' } },
  },
};

/** What one row of `clients` carries. */
export const ENTRY_FIELDS: Readonly<Record<keyof ClientEntry, FieldMeaning>> = {
  id: { meaning: 'number', absent: 0 },
  address: { meaning: 'address' },
  port: { meaning: 'number' },
  name: { meaning: 'text', absent: '' },
};

export function isMessageType(name: string): name is MessageType {
  return Object.hasOwn(VOCABULARY, name);
}

/** The kind in a message's type: the part behind the dot. */
export function kindOf(type: MessageType): MessageKind {
  if (type.endsWith('.request')) return 'request';
  return type.endsWith('.response') ? 'response' : 'indication';
}

/** The operation in a message's type: the part before the dot. */
export function operationOf(type: MessageType): string {
  return type.slice(0, type.indexOf('.'));
}
