import type { Span } from '../../src/bytes/index.ts';
import { text, type Language, type Text } from '../../src/check/index.ts';
import { flagNames, type Segment } from '../../src/tcp/index.ts';

const LINK_BYTES = 14;

const IP_BYTES = 20;

/**
 * A packet from a capture of Ethernet and IPv4 without options: its bytes, and the fields of all headers and the data,
 * each with its value.
 */
export function packetFields(
  segment: Segment,
  language: Language,
): { readonly bytes: Uint8Array; readonly fields: Span[] } {
  const { headerLength, payloadLength } = segment;
  const [ip, tcp] = [LINK_BYTES, LINK_BYTES + IP_BYTES];
  const payloadStart = tcp + headerLength;
  const begin = segment.payloadStart - payloadStart;
  const data = segment.data.subarray(begin, begin + payloadStart + segment.payloadCaptured);
  const u16 = (at: number): number => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  const say = (value: Text): string => value[language];
  const mac = (at: number): string =>
    Array.from(data.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
  const address = (at: number): string => data.subarray(at, at + 4).join('.');
  const span = (offset: number, length: number, label: Text, value: string): Span => ({
    ...{ offset, length, value },
    label: say(label),
  });
  const flags = data[tcp + 13] ?? 0;
  const fields = [
    span(0, 6, text('link: to', '链路层：目的'), mac(0)),
    span(6, 6, text('link: from', '链路层：源'), mac(6)),
    span(
      12,
      2,
      text('link: type', '链路层：类型'),
      u16(12) === 0x0800 ? 'IPv4' : `0x${u16(12).toString(16)}`,
    ),
    span(ip, 1, text('IP: version, header length', 'IP：版本、首部长度'), `4, ${((data[ip] ?? 0) & 15) * 4}`),
    span(ip + 1, 1, text('IP: tos', 'IP：tos'), `0x${(data[ip + 1] ?? 0).toString(16)}`),
    span(ip + 2, 2, text('IP: length', 'IP：length'), String(u16(ip + 2))),
    span(ip + 4, 2, text('IP: id', 'IP：id'), String(u16(ip + 4))),
    span(
      ip + 6,
      2,
      text('IP: flags, offset', 'IP：flags、offset'),
      `${u16(ip + 6) & 0x4000 ? 'DF' : '–'}, ${(u16(ip + 6) & 0x1fff) * 8}`,
    ),
    span(ip + 8, 1, text('IP: ttl', 'IP：ttl'), String(data[ip + 8] ?? 0)),
    span(ip + 9, 1, text('IP: proto', 'IP：proto'), String(data[ip + 9] ?? 0)),
    span(ip + 10, 2, text('IP: checksum', 'IP：校验和'), `0x${u16(ip + 10).toString(16)}`),
    span(ip + 12, 4, text('IP: from', 'IP：源地址'), address(ip + 12)),
    span(ip + 16, 4, text('IP: to', 'IP：目的地址'), address(ip + 16)),
    span(tcp, 2, text('TCP: from port', 'TCP：源端口'), String(segment.srcPort)),
    span(tcp + 2, 2, text('TCP: to port', 'TCP：目的端口'), String(segment.dstPort)),
    span(tcp + 4, 4, text('TCP: seq', 'TCP：seq'), String(segment.seq)),
    span(tcp + 8, 4, text('TCP: ack', 'TCP：ack'), String(segment.ack)),
    span(tcp + 12, 1, text('TCP: header length', 'TCP：首部长度'), String(headerLength)),
    span(
      tcp + 13,
      1,
      text('TCP: flags', 'TCP：标志'),
      `0x${flags.toString(16)} = ${flagNames(segment.flags)}`,
    ),
    span(tcp + 14, 2, text('TCP: win', 'TCP：win'), String(segment.window)),
    span(tcp + 16, 2, text('TCP: cksum', 'TCP：cksum'), `0x${u16(tcp + 16).toString(16)}`),
    span(tcp + 18, 2, text('TCP: urgent', 'TCP：紧急指针'), String(segment.urgent)),
    ...(headerLength > 20
      ? [span(tcp + 20, headerLength - 20, text('TCP: options', 'TCP：选项'), options(segment))]
      : []),
    ...(payloadLength > 0
      ? [span(payloadStart, payloadLength, text('data', '数据'), `${payloadLength}`)]
      : []),
  ];
  return { bytes: data, fields };
}

function options({ mss, sackPermitted, tsVal, tsEcr, windowShift }: Segment): string {
  return [
    mss < 0 ? '' : `mss ${mss}`,
    sackPermitted ? 'sackOK' : '',
    tsVal < 0 ? '' : `TS val ${tsVal} ecr ${tsEcr}`,
    windowShift < 0 ? '' : `wscale ${windowShift}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
