import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Announce } from '../../platform/announcements.ts';
import { Listeners } from '../listeners.ts';
import type { Connections } from './connections.ts';
import { reasonOf } from './failures.ts';

/** The one channel of the server that we use; ours are words in its payload. */
const CHANNEL = 'waybill';
/** While LISTEN is not known to work, everybody is woken so often, in ms. */
const POLL_MS = 500;
/** Pause before the next try to connect, growing from the first to the last, in ms. */
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 10_000;

/**
 * Wakes listeners: at once after a commit of this process, by LISTEN/NOTIFY after one of another. A pooler in
 * transaction mode accepts LISTEN and delivers nothing: it counts as working only once a message to ourselves has
 * arrived, and until then everybody is told every 500 ms to look for himself.
 */
export class PostgresWakes {
  readonly #url: string;
  readonly #others: Connections;
  readonly #announce: Announce;
  readonly #listeners = new Listeners();
  readonly #self = randomUUID();
  #client: pg.Client | undefined;
  #poll: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #reconnectMs = RECONNECT_MIN_MS;
  #isClosed = false;

  constructor(url: string, others: Connections, announce: Announce) {
    this.#url = url;
    this.#others = others;
    this.#announce = announce;
  }

  listen(channel: string, wake: () => void): () => void {
    if (this.#client === undefined && this.#poll === undefined && !this.#isClosed) {
      this.#startPolling();
      void this.#connect();
    }
    return this.#listeners.add(channel, wake);
  }

  /** After a commit: this process's listeners. */
  wake(channels: Iterable<string>): void {
    for (const channel of channels) this.#listeners.wake(channel);
  }

  /** SQL that tells the others when the transaction commits; empty without channels. */
  notifyText(channels: Iterable<string>): string {
    return Array.from(channels, (channel) => {
      const payload = pg.escapeLiteral(`${this.#self} ${channel}`);
      return `select pg_notify('${CHANNEL}', ${payload}); `;
    }).join('');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    clearTimeout(this.#reconnect);
    this.#stopPolling();
    await this.#client?.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      application_name: 'waybill listener',
    });
    this.#client = client;
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''));
    client.on('error', (error) =>
      this.#announce('database.listener_lost', { reason: error.message }, 'warn'),
    );
    client.once('end', () => this.#connectLater());
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // Through the pool, as every other message comes.
      await this.#others.once((connection) => connection.objects(this.#probeText()));
    } catch (error) {
      this.#announce('database.listener_lost', { reason: reasonOf(error) }, 'warn');
      // Its end brings the next try; one that never connected has none.
      await client.end().catch(() => {});
      this.#connectLater();
    }
  }

  #probeText(): string {
    return `select pg_notify('${CHANNEL}', '${this.#self}')`;
  }

  #receive(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload === this.#self) this.#trust();
    // Our own channels were woken when their transaction had committed.
    else if (payload.slice(0, space) !== this.#self) this.#listeners.wake(payload.slice(space + 1));
  }

  #trust(): void {
    this.#stopPolling();
    this.#reconnectMs = RECONNECT_MIN_MS;
    // What was woken while nobody listened.
    this.#listeners.wakeAll();
  }

  #connectLater(): void {
    if (this.#isClosed || this.#reconnect !== undefined) return;
    this.#startPolling();
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      void this.#connect();
    }, this.#reconnectMs).unref();
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_MAX_MS);
  }

  #startPolling(): void {
    this.#poll ??= setInterval(() => this.#listeners.wakeAll(), POLL_MS).unref();
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}
