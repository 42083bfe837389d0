import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkConditions, type FilterFields } from '../../src/contract/conditions.ts';
import { parseFilter } from '../../src/contract/filter.ts';
import { zoneOf } from '../../src/contract/zones.ts';
import { refusal } from './refusal.ts';

const ID = '498b8673-0308-11e6-9464-e4de00000089';
const HREF = `https://any.host/api/remap/1.2/entity/store/${ID}`;
const ORDER = ['=', '!=', '<', '>', '<=', '>='] as const;

const FIELDS: FilterFields = {
  name: { type: 'string', operators: ['=', '!=', '~', '~=', '=~'] },
  size: { type: 'number', operators: ORDER },
  count: { type: 'integer', operators: ORDER },
  stock: { type: 'quantity', operators: ORDER },
  updated: { type: 'date', operators: ORDER },
  archived: { type: 'boolean', operators: ['='] },
  state: { type: 'enum', operators: ['=', '!='], values: ['DONE', 'ERROR'], anyCase: true },
  stockMode: { type: 'enum', operators: ['='], values: ['all', 'nonEmpty'], empty: 'refused' },
  id: { type: 'uuid', operators: ['=', '!='] },
  store: { type: 'reference', operators: ['='], kinds: ['store'], empty: 'refused' },
  moment: { type: 'date', operators: ['='], single: true },
};

const check = (text: string, zone = 'UTC') => checkConditions(parseFilter(text), FIELDS, zoneOf(zone));
const values = (text: string, zone?: string) => check(text, zone).map(({ value }) => value);

describe('conditions', () => {
  it('carry values of the types of their fields', () => {
    assert.deepEqual(values('name=5;size>-0.25;count=+7;stock=33.6;archived=TRUE;state=done;stockMode=all'), [
      { type: 'string', value: '5' },
      { type: 'number', value: -0.25 },
      { type: 'integer', value: 7 },
      { type: 'quantity', value: 336_000 },
      { type: 'boolean', value: true },
      { type: 'enum', value: 'DONE' },
      { type: 'enum', value: 'all' },
    ]);
    assert.deepEqual(values(`id=${ID.toUpperCase()};store=${HREF}?expand=x`), [
      { type: 'uuid', value: ID },
      { type: 'reference', value: { type: 'store', id: ID } },
    ]);
  });

  it('keep their order, operators and places', () => {
    assert.deepEqual(
      check('name~a;archived=false;name!=b').map(({ field, operator, position }) => [
        field,
        operator,
        position,
      ]),
      [
        ['name', '~', 1],
        ['archived', '=', 8],
        ['name', '!=', 23],
      ],
    );
  });

  it('ask for empty and for present with an equality without a value', () => {
    assert.deepEqual(values('name=;state!=;name=x'), [null, null, { type: 'string', value: 'x' }]);
    assert.deepEqual(values('name~'), [{ type: 'string', value: '' }]);
    assert.equal(refusal(() => check('store=')).code, 1034);
    assert.equal(refusal(() => check('stockMode=')).code, 1034);
    assert.equal(refusal(() => check('count>')).code, 1014);
  });

  it('read a date in the zone, as the whole second unless it has milliseconds', () => {
    const second = Date.UTC(2026, 2, 1, 9);
    const whole = { type: 'date', value: { fromMs: second, untilMs: second + 1000 } };
    assert.deepEqual(values('updated>=2026-03-01 12:00:00', 'Europe/Moscow'), [whole]);
    assert.deepEqual(values('updated>=2026-03-01 12:00', 'Europe/Moscow'), [whole]);
    assert.deepEqual(values('updated>2026-03-01 12:00:00.100', 'Europe/Moscow'), [
      { type: 'date', value: { fromMs: second + 100, untilMs: second + 101 } },
    ]);
    const midnight = Date.UTC(2026, 2, 1);
    assert.deepEqual(values('moment=2026-03-01'), [
      { type: 'date', value: { fromMs: midnight, untilMs: midnight + 1000 } },
    ]);
  });

  it('refuse with 1035 what is no date, and dates before 1970-01-01 03:00:00', () => {
    for (const date of [
      'x',
      '2026-02-29',
      '2026-13-01',
      '2026-01-01T00:00:00',
      '1970-01-01',
      '1970-01-01 02:59:59',
    ]) {
      const { code, parameter } = refusal(() => check(`updated>${date}`));
      assert.deepEqual([code, parameter], [1035, 'updated'], date);
    }
    assert.equal(check('updated>1970-01-01 03:00:00').length, 1);
    assert.equal(check('updated>1970-01-01 03:00').length, 1);
  });

  it('refuse an unknown field and an operator that the field does not have, with the place', () => {
    const unknown = refusal(() => check('name=a;momentFrom=2026-01-01'));
    assert.deepEqual([unknown.code, unknown.parameter], [1034, 'momentFrom']);
    assert.match(unknown.text, /"momentFrom" at character 8; known are: name, size/);
    const operator = refusal(() => check('name>a'));
    assert.deepEqual([operator.code, operator.parameter], [1034, 'name']);
    assert.equal(refusal(() => check('constructor=a')).code, 1034);
  });

  it('refuse values of the wrong type and outside their list', () => {
    for (const text of [
      'size=x',
      'size=0x1',
      'size=9007199254740992',
      'size<-9007199254740993.5',
      'count=1.5',
      'stock=',
      'archived=1',
      'id=1',
      'store=abc',
      `store=${ID}`,
    ]) {
      if (text === 'stock=') assert.deepEqual(values(text), [null]);
      else assert.equal(refusal(() => check(text)).code, 1014, text);
    }
    assert.equal(refusal(() => check(`store=${HREF.replace('store', 'product')}`)).code, 1014);
    const outside = refusal(() => check('state=LOST'));
    assert.deepEqual([outside.code, outside.args], [1041, ['LOST', 'state', 'DONE, ERROR']]);
    assert.equal(refusal(() => check('stockMode=ALL')).code, 1041);
  });

  it('refuse an equality beside an inequality, in either order, but let a range and exclusions stand', () => {
    assert.equal(refusal(() => check('count=1;count>0')).code, 1034);
    assert.equal(refusal(() => check('count>0;size=1;count=1')).code, 1034);
    assert.equal(check('count>=1;count<=5;count!=3;count!=4').length, 4);
    assert.equal(check('count=1;size>0').length, 2);
  });

  it('let the first of several equal inequalities count, and only one condition on a single field', () => {
    assert.deepEqual(
      check('count>1;count>5;count<9;count<7').map(({ operator, value }) => [operator, value?.value]),
      [
        ['>', 1],
        ['<', 9],
      ],
    );
    assert.equal(refusal(() => check('moment=2026-01-01;moment=2026-01-02')).code, 1030);
  });
});
