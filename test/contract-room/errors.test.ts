import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ApiError,
  apiError,
  errorTable,
  mixedStatus,
  problem,
  renderErrors,
} from '../../src/contract/errors.ts';

const DOCS = 'https://stock.example/docs/reference/errors';
const places = (text: string): string[] => [...new Set(text.match(/\{\d\}/g))].sort();

describe('the error table', () => {
  it('has for every code a status of an error and both texts with the same places, numbered from 0', () => {
    for (const [code, { status, en, ru }] of errorTable) {
      assert.ok(status >= 400 && status <= 599, `${code}: status ${status}`);
      assert.ok(en.length > 0 && /[а-яё]/i.test(ru), `${code}: texts`);
      assert.deepEqual(places(ru), places(en), `${code}: places`);
      assert.deepEqual(
        places(en),
        places(en).map((_, index) => `{${index}}`),
        `${code}: numbering`,
      );
    }
  });

  it('gives the statuses that the public docs and recorded answers show', () => {
    const shown: Record<number, number[]> = {
      400: [1000, 1012, 1014, 1034, 1035, 1040, 1041, 1042, 1059, 1063, 1084, 1089, 1096, 2001, 2016, 2029],
      401: [1056],
      403: [1016, 1017, 1018, 1045, 1061, 13003, 13004, 30004],
      404: [1002, 1021],
      405: [1039],
      409: [1028],
      412: [1005, 3000, 3007, 3052, 39000],
      413: [1044, 2007, 2022],
      415: [1037],
      429: [1049, 1073],
      500: [1999],
      503: [1074],
    };
    for (const [status, codes] of Object.entries(shown)) {
      for (const code of codes) assert.equal(errorTable.get(code)?.status, Number(status), String(code));
    }
  });

  it('gives the statuses chosen for the asynchronous exchange', () => {
    const chosen = { 61000: 400, 61001: 400, 61002: 429, 61003: 410, 61004: 409, 61005: 409, 61006: 409 };
    for (const [code, status] of Object.entries({
      ...chosen,
      61007: 409,
      61008: 503,
      90001: 422,
      90002: 409,
    })) {
      assert.equal(errorTable.get(Number(code))?.status, status, code);
    }
  });

  it('says of a full queue what the public description prints', () => {
    assert.equal(
      errorTable.get(61002)?.en,
      'Error creating an asynchronous task: the limit on the number of concurrently executing asynchronous ' +
        'operations has been exceeded.',
    );
  });

  it('has none of the codes that the docs leave out or that have no place here', () => {
    for (const code of [
      1007, 1033, 1043, 1050, 1070, 1071, 1094, 1998, 2019, 3029, 16102, 17101, 57000, 30006,
    ]) {
      assert.equal(errorTable.has(code), false, String(code));
    }
  });
});

describe('an error', () => {
  it('is written with its text, code, parameter, place and a link into the docs', () => {
    const error = apiError(3000, ['name'], { parameter: 'name', line: 3, column: 7, path: [0, 'name'] });
    assert.deepEqual(renderErrors(error, 'en', DOCS), {
      errors: [
        {
          error: 'Field "name" must not be empty or absent',
          code: 3000,
          parameter: 'name',
          moreInfo: `${DOCS}#error_3000`,
          line: 3,
          column: 7,
        },
      ],
    });
  });

  it('follows the language, also where an argument is a sentence', () => {
    const error = apiError(1034, [{ en: 'empty condition', ru: 'пустое условие' }]);
    assert.equal(renderErrors(error, 'en', DOCS).errors[0]?.error, 'Filter error: empty condition');
    assert.equal(renderErrors(error, 'ru', DOCS).errors[0]?.error, 'Ошибка фильтрации: пустое условие');
  });

  it('leaves braces and dollars inside an argument alone', () => {
    const error = apiError(1014, ['{1}$&', 'sum']);
    assert.equal(
      renderErrors(error, 'en', DOCS).errors[0]?.error,
      'Value "{1}$&" of filter "sum" has the wrong type',
    );
  });

  it('keeps several problems of one object together, 400 before all, else the first status', () => {
    const missing = new ApiError([problem(3000, ['name']), problem(3000, ['store'])]);
    assert.equal(missing.status, 412);
    assert.deepEqual(
      renderErrors(missing, 'en', DOCS).errors.map(({ code }) => code),
      [3000, 3000],
    );
    assert.equal(new ApiError([problem(3000, ['name']), problem(2016, ['vat', 'int'])]).status, 400);
    assert.equal(mixedStatus([412, 403]), 412);
    assert.equal(mixedStatus([412, 400, 403]), 400);
  });

  it('lists by what an object is in use', () => {
    const meta = {
      href: 'https://h/api/remap/1.2/entity/demand/1',
      type: 'demand',
      mediaType: 'application/json',
    } as const;
    const [written] = renderErrors(apiError(1028, [], { dependencies: [meta] }), 'en', DOCS).errors;
    assert.deepEqual(written?.dependencies, [meta]);
  });
});
