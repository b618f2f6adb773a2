import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { OutboundAddressRefusedError, OutboundUrlInvalidError } from './outbound.errors.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Range = [Address, number];

/** Every global IPv6 address lies in here; what is outside embeds IPv4 (`::127.0.0.1`) or is not assigned. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Looks public, but inside Azure it is the host's own metadata and key service. */
const AZURE_HOST_SERVICE = '168.63.129.16';

/**
 * Reads a URL that may be called: absolute (or relative to `base`), http or https, without user name and password.
 * @throws OutboundUrlInvalidError, OutboundAddressRefusedError
 */
export function parseOutboundUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url) throw new OutboundUrlInvalidError();
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw OutboundAddressRefusedError.scheme();
  if (url.username || url.password) throw OutboundAddressRefusedError.userinfo();
  return url;
}

/** The IP address that a URL names literally, without the brackets of IPv6; undefined when it names a host. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) ? host : undefined;
}

/**
 * Whether an IP address belongs to the public internet. IPv4-mapped IPv6 is judged as the IPv4 address it is;
 * other forms that carry an IPv4 address (compatible, NAT64, 6to4, Teredo) are never public, because a gateway
 * on our side could translate them into an inner one.
 */
export function isPublicAddress(address: string): boolean {
  return isIP(address) !== 0 && isPublic(ipaddr.process(address));
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv6
    ? address.match(GLOBAL_IPV6)
    : address.toString() !== AZURE_HOST_SERVICE;
}

/** Decides which hosts a user's URL may reach: public ones, and those that the operator listed. */
export class AddressGuard {
  private readonly hosts = new Set<string>();
  private readonly ranges: Range[] = [];

  /**
   * @param allow the entries of `OUTBOUND_ALLOW`: host names (exact), IP addresses, CIDRs
   * @throws Error that names the entry which is none of them
   */
  constructor(allow: readonly string[]) {
    for (const entry of allow) this.add(entry);
  }

  /** Whether a user's URL may reach `host`, which leads to `addresses` (IP texts): all of them must be right. */
  permits(host: string, addresses: readonly string[]): boolean {
    if (this.hosts.has(withoutTrailingDot(host))) return true;
    return addresses.length > 0 && addresses.every((address) => this.permitsAddress(address));
  }

  private permitsAddress(text: string): boolean {
    if (!isIP(text)) return false;
    const address = ipaddr.process(text);
    return (
      isPublic(address) ||
      this.ranges.some((range) => range[0].kind() === address.kind() && address.match(range))
    );
  }

  private add(entry: string): void {
    if (ipaddr.isValidCIDR(entry)) {
      this.ranges.push(ipaddr.parseCIDR(entry));
      return;
    }
    // The URL parser brings names into the form in which request URLs carry them (case, IDN, odd IPv4).
    const url = URL.parse(`http://${isIP(entry) === 6 ? `[${entry}]` : entry}`);
    if (!url || url.href !== `http://${url.hostname}/` || /[/?#*\s]/.test(entry)) {
      throw new Error(
        `OUTBOUND_ALLOW: "${entry}" is not a host name, an IP address or a CIDR such as 10.0.0.0/8.`,
      );
    }
    const literal = literalAddress(url);
    if (literal === undefined) {
      this.hosts.add(withoutTrailingDot(url.hostname));
    } else {
      const address = ipaddr.process(literal);
      this.ranges.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    }
  }
}

function withoutTrailingDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
