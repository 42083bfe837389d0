/**
 * Which addresses a webhook may reach: only public ones, unless the operator allows a host by name. A subscriber's
 * url comes from a user, and our process stands inside somebody's network.
 *
 * The guard gives the addresses that will be dialled, so that nothing can change between check and call: a name that
 * was public when the webhook was made and is private now is refused all the same.
 */
import { ADDRCONFIG } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** An address as sockets take it. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A host that may be called wherever its name leads; without `port` on every port. */
export interface AllowedHost {
  /** As `URL.hostname` writes it: lower case, IPv6 in brackets. */
  readonly host: string;
  readonly port?: number;
}

/** Finds the addresses of a name; rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export type Resolution =
  | { readonly kind: 'open'; readonly addresses: readonly [Address, ...Address[]] }
  /** Every address is private, loopback or reserved. */
  | { readonly kind: 'refused'; readonly addresses: readonly Address[] }
  /** The name leads nowhere, at least now. */
  | { readonly kind: 'unresolved'; readonly cause: unknown };

export interface AddressGuard {
  /** What may be dialled for this URL. */
  resolve(url: URL): Promise<Resolution>;
}

export interface GuardOptions {
  readonly allow: readonly AllowedHost[];
  /** Default: DNS, see `resolvePublicName`. */
  readonly resolvePublic?: Resolve;
  /** Default: the machine's resolver, see `resolveAllowedName`. */
  readonly resolveAllowed?: Resolve;
}

export function addressGuard({
  allow,
  resolvePublic = resolvePublicName,
  resolveAllowed = resolveAllowedName,
}: GuardOptions): AddressGuard {
  return {
    async resolve(url) {
      const isAllowed = allows(allow, url);
      try {
        const found = await addressesOf(url.hostname, isAllowed ? resolveAllowed : resolvePublic);
        const [first, ...rest] = isAllowed ? found : found.filter(({ address }) => isPublic(address));
        if (first === undefined) return { kind: 'refused', addresses: found };
        return { kind: 'open', addresses: [first, ...rest] };
      } catch (cause) {
        return { kind: 'unresolved', cause };
      }
    },
  };
}

/** The addresses of a host, one at least. A literal address is itself: no DNS ever sees it. */
async function addressesOf(host: string, resolve: Resolve): Promise<readonly Address[]> {
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  const family = isIP(literal);
  if (family === 4 || family === 6) return [{ address: literal, family }];
  const found = await resolve(host);
  if (found.length === 0) throw new Error(`${host} has no address`);
  return found;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Whether the operator allows this URL's host, and its port where he named one. */
function allows(allow: readonly AllowedHost[], url: URL): boolean {
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  return allow.some((each) => each.host === url.hostname && (each.port === undefined || each.port === port));
}

/** `HOST[:PORT]` as a setting gives it; undefined when it is none. `[::1]:9000` and a bare `::1` are hosts too. */
export function parseAllowedHost(text: string): AllowedHost | undefined {
  const [, name, port] = isIPv6(text)
    ? [text, `[${text}]`, undefined]
    : (/^(\[[^\]]+\]|[^\s:/?#@\\[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? []);
  if (name === undefined || Number(port ?? 0) > 65535) return undefined;
  const host = URL.parse(`http://${name}/`)?.hostname;
  if (host === undefined) return undefined;
  return port === undefined ? { host } : { host, port: Number(port) };
}

/**
 * What is not public in IPv4: IANA's special-purpose registry (RFC 6890), multicast and the former class E. Documentation
 * networks lead nowhere; 192.88.99.0/24 is the relay of 6to4.
 */
const RESERVED_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/**
 * All of IPv6 outside 2000::/3 is refused: loopback, mapped and NAT64 forms (they would carry a private IPv4), unique
 * local, link-local, multicast. Inside it: protocol assignments with Teredo, documentation, 6to4.
 */
const GLOBAL_UNICAST = ['2000::', 3] as const;
const RESERVED_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const reserved = new BlockList();
for (const [network, prefix] of RESERVED_IPV4) reserved.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of RESERVED_IPV6) reserved.addSubnet(network, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet(...GLOBAL_UNICAST, 'ipv6');

/** Whether an address belongs to the public internet. Anything that is no plain address is not. */
export function isPublic(address: string): boolean {
  // A zone id (`fe80::1%eth0`) names an interface of ours: nothing public has one.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !reserved.check(address, 'ipv4');
  return family === 6 && globalUnicast.check(address, 'ipv6') && !reserved.check(address, 'ipv6');
}

/** After this the question is asked once more; an attempt has 1500 ms for everything. */
const DNS_ANSWER_MS = 500;
/** How long IPv6 addresses may be waited for when the IPv4 ones are known (RFC 8305, Resolution Delay). */
const IPV6_GRACE_MS = 50;

/**
 * Public names are asked of DNS directly, not of the machine's resolver: that one (`getaddrinfo`) holds one of two
 * threads while a name server is silent, so that a dead name of one subscriber would delay the calls to all others.
 * IPv4 goes first: where IPv6 is broken, it is so without a word.
 */
async function resolvePublicName(host: string): Promise<readonly Address[]> {
  const resolver = new Resolver({ timeout: DNS_ANSWER_MS, tries: 2 });
  const six = resolver.resolve6(host).catch(() => []);
  try {
    const four = await resolver.resolve4(host);
    const known = await Promise.race([six, pause(IPV6_GRACE_MS, [])]);
    return [...four.map(ofFamily(4)), ...known.map(ofFamily(6))];
  } catch (error) {
    const known = await six;
    if (known.length === 0) throw error;
    return known.map(ofFamily(6));
  }
}

const ofFamily =
  (family: 4 | 6) =>
  (address: string): Address => ({ address, family });

/** Names that the operator allows may stand in the hosts file or in a network of his own. */
async function resolveAllowedName(host: string): Promise<readonly Address[]> {
  const found = await lookup(host, { all: true, hints: ADDRCONFIG });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}
