import type { Bilingual, Description } from '../description.ts';
import type { MessageType } from '../message.ts';
import { say } from './words.ts';

export interface Ladder {
  readonly title: Bilingual;
  /** Lines of a mermaid sequence diagram. */
  readonly steps: readonly string[];
}

const TWO = ['participant A as client A', 'participant S as server'];
const THREE = [...TWO, 'participant B as client B'];

/** The exchanges that a description has packets for, as sequence diagrams. */
export function laddersOf(description: Description): Ladder[] {
  const has = (type: MessageType): boolean => description.packets.some((packet) => packet.type === type);
  const numbered = description.correlate.by === 'field';
  const nr = (number: string): string => (numbered ? ` (${number})` : '');
  const ladders: Ladder[] = [];
  const add = (title: Bilingual, steps: readonly (string | false)[]): void => {
    const said = steps.filter((step) => step !== false);
    if (said.some((step) => step.includes('>>'))) ladders.push({ title, steps: said });
  };
  add(say('Connect', '连接'), [
    ...TWO,
    'Note over A,S: TCP handshake',
    has('hello.indication') && 'S->>A: hello.indication',
    has('hello.request') && `A->>S: hello.request${nr('1')}`,
    has('hello.response') && `S->>A: hello.response${nr('1')}`,
  ]);
  add(say('Requests, pipelined', '流水线请求'), [
    ...TWO,
    has('time.request') && `A->>S: time.request${nr('2')}`,
    has('name.request') && `A->>S: name.request${nr('3')}`,
    has('list.request') && `A->>S: list.request${nr('4')}`,
    has('time.response') && `S->>A: time.response${nr('2')}`,
    has('name.response') && `S->>A: name.response${nr('3')}`,
    has('list.response') && `S->>A: list.response${nr('4')}`,
  ]);
  if (has('send.request')) {
    add(say('Send', '发送'), [
      ...THREE,
      `A->>S: send.request${nr('5')}`,
      has('deliver.indication') && `S->>B: deliver.indication${nr(has('deliver.response') ? '12' : '0')}`,
      has('deliver.response') && `B->>S: deliver.response${nr('12')}`,
      has('send.response') && `S->>A: send.response${nr('5')}${has('deliver.response') ? ' delivered' : ''}`,
    ]);
    if (has('deliver.response') && has('send.response')) {
      add(say('Send, not confirmed in time', '发送，未及时确认'), [
        ...THREE,
        `A->>S: send.request${nr('6')}`,
        `S->>B: deliver.indication${nr('13')}`,
        'Note over S: 2 seconds',
        `S->>A: send.response${nr('6')} forwarded`,
      ]);
    }
    if (has('error.response')) {
      add(say('Send to nobody', '发给不存在的客户端'), [
        ...TWO,
        `A->>S: send.request${nr('7')}`,
        `S->>A: error.response${nr('7')} unknown-client`,
      ]);
    }
  }
  if (has('heartbeat.request')) {
    add(say('Heartbeat', '心跳'), [
      ...TWO,
      `A->>S: heartbeat.request${nr('8')}`,
      `S->>A: heartbeat.response${nr('8')}`,
    ]);
  }
  add(say('Leave', '离开'), [
    ...TWO,
    has('bye.indication') && 'A->>S: bye.indication ok',
    has('bye.indication') && 'Note over A,S: FIN, FIN',
  ]);
  add(say('Bytes that are no packet', '不是分组的字节'), [
    ...TWO,
    has('error.indication') && 'A->>S: 47 45 54 20 …',
    has('error.indication') && 'S->>A: error.indication bad-packet',
    has('error.indication') && 'Note over A,S: FIN, FIN',
  ]);
  return ladders;
}
