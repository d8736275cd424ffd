/** Addresses as the interpreter reads them: by the platform's URL parser, not by the code that codecs call. */

/** Text of 4 or 16 bytes, as RFC 5952 wants it; an IPv4-mapped address as IPv4. */
export function addressAt(bytes: Uint8Array): string {
  if (bytes.length === 4) return Array.from(bytes).join('.');
  const mapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return Array.from(bytes.subarray(12)).join('.');
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1);
}

/** Is it the text of an address? */
export function addressIn(text: string): boolean {
  if (text.length > 45) return false;
  if (!text.includes(':')) {
    const parts = text.split('.');
    return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  }
  return /^[0-9a-fA-F:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}
