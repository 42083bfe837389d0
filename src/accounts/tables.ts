/**
 * The accounts' tables. A login and a token are looked up before the account is known, so their keys do not begin
 * with it: the two exceptions to tenancy in every key.
 */
import type { RoomMigrations } from '../database/migrate.ts';

export interface AccountTable {
  /** The small integer that begins every key. */
  id: number;
  uuid: string;
  name: string;
  /** ms of the Clock. */
  created: number;
}

export interface LoginTable {
  login: string;
  account: number;
  /** UUID of the employee. */
  employee: string;
  /** `scrypt:N:r:p:salt:key`, salt and key in base64. */
  password: string;
  administrator: number;
}

export interface TokenTable {
  /** SHA-256 of the token in lower-case hex: the token itself is stored nowhere. */
  hash: string;
  account: number;
  login: string;
  created: number;
}

export interface AccountsTables {
  account: AccountTable;
  login: LoginTable;
  token: TokenTable;
}

export const accountsMigrations: RoomMigrations = {
  room: 'accounts',
  migrations: [
    {
      name: '0001-accounts',
      statements: [
        `create table account (id {int} primary key, uuid {text} not null unique, name {text} not null,
          created {int} not null)`,
        `create table login (login {text} primary key, account {int} not null, employee {text} not null,
          password {text} not null, administrator {int} not null)`,
        `create table token (hash {text} primary key, account {int} not null, login {text} not null,
          created {int} not null)`,
        // The earlier tokens of a login end when it gets a new one.
        'create index token_login on token (login)',
      ],
    },
  ],
};
