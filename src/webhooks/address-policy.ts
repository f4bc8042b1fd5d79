import { type Address, isWithin, type Network, parseAddress, parseNetwork } from '../base/networks.ts';

/** What IPv6 has given out so far. Everything else there is special, or carries an IPv4 address inside. */
const GLOBAL_IPV6 = parseNetwork('2000::/3') as Network;
/** Looks public, and answers only to virtual machines of Azure, about themselves. */
const PLATFORM = parseNetwork('168.63.129.16') as Network;

/**
 * Whether an address is on the public Internet. What is not may be the platform's own: databases, neighbours, the
 * metadata of the cloud. IPv6 with IPv4 inside (6to4, NAT64, mapped) is not public either: a gateway may turn it into any
 * IPv4 address.
 */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || isWithin(address, PLATFORM)) return false;
  return address.kind() === 'ipv4' || isWithin(address, GLOBAL_IPV6);
}

/** Which addresses webhooks may reach: public ones, and what the operator allows besides. */
export class AddressPolicy {
  readonly #allowed: readonly Network[];

  constructor(allowed: readonly Network[]) {
    this.#allowed = allowed;
  }

  /** Whether any network is allowed besides. */
  get hasAllowed(): boolean {
    return this.#allowed.length > 0;
  }

  /**
   * Why webhooks may not reach this address; null: they may.
   * @param isEncrypted without TLS only allowed networks can be reached
   */
  faultOf(text: string, isEncrypted: boolean): string | null {
    const address = parseAddress(text);
    if (address === null) return `${text} is not an IP address`;
    if (this.#allowed.some((network) => isWithin(address, network))) return null;
    if (!isPublic(address)) return `${text} is not a public address, and WEBHOOK_ALLOW does not list it`;
    return isEncrypted ? null : `${text} is a public address, which is reached by https only`;
  }
}
