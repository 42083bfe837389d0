import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError, apiError, problem } from '../../src/contract/errors.ts';
import { readBody, withPlaces } from '../../src/contract/json.ts';
import { findMistake, placeAt, placesOf } from '../../src/contract/json-places.ts';
import { refusal } from './refusal.ts';

const read = (text: string) => readBody(Buffer.from(text));
const refused = (text: string) => {
  const { code, line, column } = refusal(() => read(text));
  return [code, line, column];
};
const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

describe('a body', () => {
  it('is an object or an array of objects, and none when it is empty', () => {
    assert.deepEqual(read('{"name":"A","sum":33.6}')?.value, { name: 'A', sum: 33.6 });
    assert.deepEqual(read('\uFEFF[{"a":1},{}]')?.value, [{ a: 1 }, {}]);
    assert.deepEqual(read('[]')?.value, []);
    assert.equal(read(''), undefined);
    assert.equal(read(' \r\n'), undefined);
  });

  it('that is broken at line 3 says so', () => {
    assert.deepEqual(refused('{\n  "name": "A",\n  "code" "B"\n}'), [2001, 3, 10]);
    const { text } = refusal(() => read('{\r\n  "name": "A",\r\n  "code": B\r\n}'));
    assert.equal(text, 'The request body is not valid JSON: unexpected "B" at line 3, column 11');
    assert.match(refusal(() => read('{"name": "A"')).text, /ends too early, at line 1, column 13/);
  });

  it('names what stands in it without a name, or where nothing like it may stand', () => {
    assert.deepEqual(refused('{\n[1]}'), [2002, 2, 1]);
    assert.deepEqual(refused('{"a":1,\n {}}'), [2003, 2, 2]);
    assert.deepEqual(refused('[{"a":[1,[2]]}]'), [2004, 1, 10]);
    assert.deepEqual(refused('[[]]'), [2004, 1, 2]);
    assert.deepEqual(refused(' 5'), [2005, 1, 2]);
    assert.deepEqual(refused('null'), [2005, 1, 1]);
    assert.deepEqual(refused('[{},\n null]'), [2000, 2, 2]);
    assert.deepEqual(refused('[1]'), [2000, 1, 2]);
  });

  it('may be 10 deep and no more, broken or not', () => {
    assert.ok(read(nested(10)));
    assert.deepEqual(refused(nested(11)), [2006, 1, 51]);
    assert.deepEqual(refused(`${nested(11)}x`), [2006, 1, 51]);
    assert.equal(refused('['.repeat(20_000_000))[0], 2006);
    assert.ok(read(`{"a":"${'['.repeat(20)}\\"${'['.repeat(20)}"}`));
    assert.deepEqual(refused(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`), [2006, 1, 51]);
  });

  it('may have 1000 objects, and 1000 elements to a collection, and no more', () => {
    const many = (count: number) => `[\n${Array(count).fill('{}').join(',\n')}\n]`;
    assert.equal(Array.isArray(read(many(1000))?.value), true);
    assert.deepEqual(refused(many(1001)), [2007, 1002, 1]);
    assert.ok(read(`{"positions":${many(1000)}}`));
    assert.deepEqual(refused(`{"positions":${many(1001)}}`), [2022, 1002, 1]);
  });

  it('must be UTF-8, and its texts storable on both engines', () => {
    const { code, line, column } = refusal(() => readBody(Buffer.from('{\n"a":"\xff"}', 'latin1')));
    assert.deepEqual([code, line, column], [2001, 2, 6]);
    for (const text of ['{"a":{\n"name":"x\\u0000"}}', '{"a":{\n"name":"\\ud83d"}}']) {
      const { code: unstorable, parameter, line: at } = refusal(() => read(text));
      assert.deepEqual([unstorable, parameter, at], [2017, 'name', 2]);
    }
    assert.deepEqual(read('{"a":"\\ud83d\\ude00"}')?.value, { a: '😀' });
  });
});

describe('the place of a mistake', () => {
  const noise = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'u',
    '0',
    '1',
    '-',
    '.',
    'e',
    't',
    'n',
    ' ',
    '\n',
  );
  const broken = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(3), fc.string({ unit: noise, maxLength: 3 }))
    .map(([json, at, cut, added]) => {
      const start = at % (json.length + 1);
      return json.slice(0, start) + added + json.slice(start + cut);
    });

  it('exists exactly where the platform reads no JSON, and is where the platform says', () => {
    fc.assert(
      fc.property(broken, (text) => {
        const mistake = findMistake(text, Number.POSITIVE_INFINITY);
        let message: string | undefined;
        try {
          JSON.parse(text);
        } catch (error) {
          message = String(error);
        }
        assert.equal(mistake !== undefined, message !== undefined, text);
        const position = /at position (\d+)/.exec(message ?? '')?.[1];
        if (position !== undefined) assert.equal(mistake?.offset, Number(position), `${text} ${message}`);
        if (/Unexpected end/.test(message ?? '')) assert.equal(mistake?.offset, text.length, text);
      }),
      { numRuns: 5000 },
    );
  });

  it('counts lines and columns as an editor does', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'я') }), fc.nat(), (text, at) => {
        const offset = at % (text.length + 1);
        const lines = text.slice(0, offset).split('\n');
        const { line, column } = placeAt(text, offset);
        assert.deepEqual([line, column], [lines.length, (lines.at(-1)?.length ?? 0) + 1]);
      }),
    );
  });
});

describe('the place of a value', () => {
  it('is found for every path of a body in one pass', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const found: [path: (string | number)[], value: unknown][] = [];
        const walk = (each: unknown, path: (string | number)[]): void => {
          found.push([path, each]);
          if (Array.isArray(each))
            each.forEach((element, index) => {
              walk(element, [...path, index]);
            });
          else if (typeof each === 'object' && each !== null) {
            for (const [name, member] of Object.entries(each)) walk(member, [...path, name]);
          }
        };
        walk(JSON.parse(text), []);
        const places = placesOf(
          text,
          found.map(([path]) => path),
        );
        for (const [index, [path, expected]] of found.entries()) {
          const rest = text.slice(places[index]?.offset);
          const start = JSON.stringify(expected, null, indent).slice(0, 1);
          assert.ok(rest.startsWith(start), `${JSON.stringify(path)} in ${text}`);
        }
        const offsets = places.map(({ offset }) => offset);
        assert.equal(new Set(offsets).size, offsets.length);
      }),
    );
  });

  it('is that of the surrounding object where the value is missing', () => {
    const text = '[{},\n {"positions":[\n  {"quantity":1}]}]';
    const [missing, inner, nowhere] = placesOf(text, [
      [1, 'name'],
      [1, 'positions', 0, 'assortment', 'meta'],
      [7, 'x'],
    ]);
    assert.deepEqual([missing?.line, missing?.column], [2, 2]);
    assert.deepEqual([inner?.line, inner?.column], [3, 3]);
    assert.deepEqual([nowhere?.line, nowhere?.column], [1, 1]);
  });

  it('is the last one where a name is repeated, as the platform reads it', () => {
    assert.deepEqual(placesOf('{"a":1,\n"a":2}', [['a']])[0]?.line, 2);
  });

  it('is put into the problems that have a path and no place', () => {
    const text = '{\n"name": 5,\n"code": null}';
    const several = new ApiError([
      problem(2016, ['name', 'string'], { path: ['name'] }),
      problem(3000, ['store'], { path: ['store'] }),
      problem(1016),
    ]);
    const untouched = apiError(1016);
    const [placed, same] = withPlaces([several, untouched], text);
    assert.deepEqual(
      placed?.problems.map(({ line, column }) => [line, column]),
      [
        [2, 9],
        [1, 1],
        [undefined, undefined],
      ],
    );
    assert.equal(placed?.status, several.status);
    assert.equal(same, untouched);
  });
});
