import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network, such as 10.0.0.0/8. */
export interface Network {
  address: Address;
  bits: number;
}

/** null: this is no address. */
export const parseAddress = (text: string): Address | null => (isIP(text) === 0 ? null : ipaddr.parse(text));

/** In the notation of CIDR, or one address. null: it is neither, or bits are set behind its prefix. */
export function parseNetwork(text: string): Network | null {
  const [, host = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === null) return null;
  const all = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? all : Number(prefix);
  return bits <= all && isPrefix(address.toByteArray(), bits) ? { address, bits } : null;
}

/** As `parseNetwork` reads it. */
export const networkText = ({ address, bits }: Network): string => `${address.toString()}/${bits}`;

/** Whether no bit is set behind the first `bits`. */
const isPrefix = (bytes: number[], bits: number): boolean =>
  bytes.every((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, bits - 8 * i)))) === 0);

export function isWithin(address: Address, { address: network, bits }: Network): boolean {
  return address.kind() === network.kind() && address.match(network as never, bits);
}
