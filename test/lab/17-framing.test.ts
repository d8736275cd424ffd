import { editFrame, framesWithFlags, labSuite, someLost } from '../helpers/lab-suite.ts';
import type { EvidenceFiles } from './evidence-files.ts';

const PSH_ACK = 24;
const SYN = 2;

/** Reads of the server's program, from the how manyth one on, get another length. */
const readsBecome = (
  files: EvidenceFiles,
  from: number,
  change: (bytes: number) => number,
): EvidenceFiles => {
  let index = 0;
  return files.lines('calls.jsonl', (record) => {
    if (record['event'] !== 'data' || record['host'] !== 'server' || index++ < from) return record;
    const fields = record['fields'] as { bytes: number };
    return { ...record, fields: { ...fields, bytes: change(fields.bytes) } };
  });
};

await labSuite({
  lab: '17-framing',
  forgeries: [
    someLost,
    {
      name: 'find a control whose reads are not the packets',
      change: (files) => readsBecome(files, 0, (bytes) => bytes + 1),
      verdicts: { control: 'fail', boundaries: 'ungradable' },
    },
    {
      name: 'find writes that came as they were made',
      change: (files) => {
        // All writes but the first of six are not called any more: as many reads as writes, and none lost its packet.
        let index = 0;
        return files.lines('calls.jsonl', (record) =>
          record['operation'] === 'send' && record['kind'] === 'call' && index++ % 6 > 0 ? undefined : record,
        );
      },
      verdicts: { naive: 'fail' },
    },
    {
      name: 'find an answer behind a greeting that came with it',
      change: (files) =>
        files.lines('calls.jsonl', (record) => {
          const { bytes } = (record['fields'] ?? {}) as { bytes?: number };
          return record['event'] === 'data' && record['host'] === 'client' && (bytes ?? 0) > 264
            ? undefined
            : record;
        }),
      verdicts: { greeting: 'ungradable' },
    },
    {
      name: 'find a packet whose framing is broken',
      change: (files) => {
        // The first data of the clp control loses its magic number.
        const opened = framesWithFlags(files, 'server.pcap', SYN)[0] ?? 0;
        const frame = framesWithFlags(files, 'server.pcap', PSH_ACK).find((each) => each > opened) ?? 0;
        editFrame(files, 'server.pcap', frame, (bytes, at) =>
          bytes.writeUInt16BE(0, at + (bytes.readUInt8(at + 12) >> 4) * 4),
        );
      },
      verdicts: { framed: 'fail' },
    },
  ],
});
