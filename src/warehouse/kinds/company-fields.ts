/** What organizations and counterparties have in common: who they are by law, and where to reach them. */

import { addressFields } from '../entities/addresses.ts';
import { choice, email, moment, text } from '../entities/fields.ts';

/** How a company is called and where it is registered. */
export const legal = {
  companyType: choice(['legal', 'entrepreneur', 'individual'], 'legal'),
  legalTitle: text(4096),
  legalLastName: text(255, { filter: false }),
  legalFirstName: text(255, { filter: false }),
  legalMiddleName: text(255, { filter: false }),
  ...addressFields('legalAddress'),
  ...addressFields('actualAddress'),
  inn: text(255),
  kpp: text(255),
  ogrn: text(255, { filter: false }),
  ogrnip: text(255, { filter: false }),
  okpo: text(255, { filter: false }),
  certificateNumber: text(255, { filter: false }),
  certificateDate: moment('minutes', { filter: false, isNullable: true }),
};

export const contacts = {
  email: email(),
  phone: text(255),
  fax: text(255),
};
