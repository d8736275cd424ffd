/**
 * The least that a reader of captures in Node can do, as a measure: `node headers.ts FILE` steps over a pcap's records
 * and adds up what the IPv4 and TCP headers say of the length of the payloads.
 */
import { readFileSync } from 'node:fs';

const bytes = readFileSync(process.argv[2] ?? '');
const [FILE_HEADER, RECORD_HEADER, ETHERNET] = [24, 16, 14];
let packets = 0;
let payload = 0;
for (let at = FILE_HEADER; at + RECORD_HEADER <= bytes.length;) {
  const length = bytes.readUInt32LE(at + 8);
  const ip = at + RECORD_HEADER + ETHERNET;
  const ipHeader = (bytes.readUInt8(ip) & 15) * 4;
  const tcp = ip + ipHeader;
  payload += bytes.readUInt16BE(ip + 2) - ipHeader - (bytes.readUInt8(tcp + 12) >> 4) * 4;
  packets++;
  at += RECORD_HEADER + length;
}
process.stdout.write(`${packets} packets, ${payload} bytes\n`);
