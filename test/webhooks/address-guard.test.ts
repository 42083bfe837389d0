import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Address, addressGuard, isPublic, parseAllowedHost } from '../../src/webhooks/address-guard.ts';

/** IANA's special-purpose IPv4 networks, multicast and class E, as numbers: an independent statement of the rule. */
const RESERVED: readonly (readonly [first: number, last: number])[] = [
  [0x00000000, 0x00ffffff],
  [0x0a000000, 0x0affffff],
  [0x64400000, 0x647fffff],
  [0x7f000000, 0x7fffffff],
  [0xa9fe0000, 0xa9feffff],
  [0xac100000, 0xac1fffff],
  [0xc0000000, 0xc00000ff],
  [0xc0000200, 0xc00002ff],
  [0xc0586300, 0xc05863ff],
  [0xc0a80000, 0xc0a8ffff],
  [0xc6120000, 0xc613ffff],
  [0xc6336400, 0xc63364ff],
  [0xcb007100, 0xcb0071ff],
  [0xe0000000, 0xffffffff],
];
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const near = RESERVED.flatMap(([first, last]) => [first - 1, first, last, last + 1]).filter(
  (value) => value >= 0 && value <= 0xffffffff,
);

const PRIVATE_V6 = [
  '::',
  '::1',
  '::7f00:1',
  '::ffff:10.0.0.5',
  '::ffff:a00:5',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:5',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:a00:5::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

describe('what is public', () => {
  it('is an IPv4 address outside the reserved networks', () => {
    const any = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(...near));
    fc.assert(
      fc.property(any, (value) => {
        const isReserved = RESERVED.some(([first, last]) => value >= first && value <= last);
        assert.equal(isPublic(dotted(value)), !isReserved, dotted(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no IPv6 address of another kind than global unicast', () => {
    for (const address of PRIVATE_V6) assert.equal(isPublic(address), false, address);
    for (const address of ['2a00:1450:4001:81b::200e', '2606:4700::1111', '2001:4860:4860::8888'])
      assert.equal(isPublic(address), true, address);
  });

  it('is no IPv4 address in an IPv6 disguise', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::'), (address, prefix) => {
        assert.equal(isPublic(prefix + address), false);
      }),
    );
  });

  it('is nothing that is not an address', () => {
    for (const text of ['', 'localhost', '1.2.3', '8.8.8.8 ', '8.8.8.8%eth0'])
      assert.equal(isPublic(text), false, text);
  });
});

describe('the address guard', () => {
  const names: Readonly<Record<string, readonly Address[]>> = {
    'public.example': [{ address: '93.184.215.14', family: 4 }],
    'mixed.example': [
      { address: '10.0.0.5', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ],
    'empty.example': [],
    'allowed.example': [{ address: '10.0.0.6', family: 4 }],
  };
  const resolve = async (host: string): Promise<readonly Address[]> => {
    const found = names[host];
    if (found === undefined) throw new Error(`no such name: ${host}`);
    return found;
  };
  const guard = addressGuard({
    allow: [{ host: 'allowed.example', port: 9000 }, { host: '127.0.0.1' }, { host: '[::1]', port: 443 }],
    resolvePublic: resolve,
    resolveAllowed: resolve,
  });
  const kindOf = async (url: string) => (await guard.resolve(new URL(url))).kind;

  for (const address of ['127.0.0.1', '10.0.0.5', '169.254.169.254', '::1', 'fd00::1', '::ffff:10.0.0.5']) {
    it(`refuses a name that leads to ${address}`, async () => {
      const family = address.includes(':') ? 6 : 4;
      const lying = addressGuard({ allow: [], resolvePublic: async () => [{ address, family }] });
      assert.equal((await lying.resolve(new URL('http://hook.example/'))).kind, 'refused');
    });
  }

  const LITERALS = [
    'http://127.0.0.2/',
    'http://10.0.0.5:8080/',
    'http://169.254.169.254/latest/meta-data',
    'http://2130706434/',
    'http://0x7f.2/',
    'http://0177.0.0.2/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[fd00::1]/',
    'https://user:password@192.168.1.1/',
  ];
  for (const url of LITERALS) {
    it(`refuses ${url}, which no name look-up sees`, async () => {
      assert.equal(await kindOf(url), 'refused');
    });
  }

  it('lets only the public addresses of a name through', async () => {
    assert.deepEqual(await guard.resolve(new URL('http://mixed.example/')), {
      kind: 'open',
      addresses: [{ address: '2606:4700::1111', family: 6 }],
    });
    assert.equal(await kindOf('https://public.example/'), 'open');
    assert.equal(await kindOf('https://93.184.215.14/'), 'open');
  });

  it('does not know a name without addresses', async () => {
    assert.equal(await kindOf('http://nowhere.example/'), 'unresolved');
    assert.equal(await kindOf('http://empty.example/'), 'unresolved');
  });

  it('lets an allowed host through, on its port where one was named', async () => {
    assert.equal(await kindOf('http://127.0.0.1/'), 'open');
    assert.equal(await kindOf('http://127.0.0.1:1234/'), 'open');
    assert.equal(await kindOf('https://[::1]/'), 'open');
    assert.equal(await kindOf('http://[::1]/'), 'refused');
    assert.equal(await kindOf('http://ALLOWED.example:9000/x'), 'open');
    assert.equal(await kindOf('http://allowed.example/'), 'refused');
    assert.equal(await kindOf('http://allowed.example.:9000/'), 'unresolved');
  });
});

describe('an allowed host of the settings', () => {
  it('is a host, with a port or without', () => {
    assert.deepEqual(parseAllowedHost('127.0.0.1:9000'), { host: '127.0.0.1', port: 9000 });
    assert.deepEqual(parseAllowedHost('Receiver.Local'), { host: 'receiver.local' });
    assert.deepEqual(parseAllowedHost('[::1]:80'), { host: '[::1]', port: 80 });
    assert.deepEqual(parseAllowedHost('::1'), { host: '[::1]' });
    assert.deepEqual(parseAllowedHost('пример.рф:1'), { host: 'xn--e1afmkfd.xn--p1ai', port: 1 });
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      ':80',
      'host:',
      'host:99999',
      'http://host',
      'host/path',
      'user@host',
      'a b',
      '[::1',
    ])
      assert.equal(parseAllowedHost(text), undefined, text);
  });
});
