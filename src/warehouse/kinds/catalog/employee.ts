import { computed, email, text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import type { ObjectRow } from '../../entities/rows.ts';
import { archived, created, externalCode, name, owned, updated } from '../shared-fields.ts';

type Named = Pick<ObjectRow, 'body'>;

/** The parts of a person's name that are given. */
function parts({ body }: Named, names: readonly string[]): readonly string[] {
  return names.flatMap((part) => (typeof body[part] === 'string' ? [body[part]] : []));
}

const initials = (row: Named): readonly string[] =>
  parts(row, ['firstName', 'middleName']).map((part) => `${Array.from(part)[0]}.`);
const lastName = (row: Named): readonly string[] => parts(row, ['lastName']);

export const employee = declareKind({
  type: 'employee',
  table: 'entity',
  search: { fields: ['name', 'email', 'phone'], match: 'words' },
  nameOf: (row) => [...lastName(row), ...initials(row)].join(' '),
  fields: {
    ...owned,
    updated,
    name: { ...name, isRequired: false, isReadOnly: true },
    description: text(4096),
    externalCode,
    archived,
    created,
    uid: text(255, { isReadOnly: true }),
    email: email(),
    phone: text(255),
    firstName: text(255),
    middleName: text(255),
    lastName: text(255, { isRequired: true }),
    fullName: computed((row) => parts(row, ['firstName', 'middleName', 'lastName']).join(' ')),
    shortFio: computed((row) => [...lastName(row), initials(row).join('')].join(' ').trim()),
    inn: text(255, { filter: false }),
    position: text(255, { filter: false }),
  },
});
