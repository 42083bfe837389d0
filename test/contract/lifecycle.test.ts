/** Contract: How it is run, start, ready, stop; `--keep-alive`. Nothing here depends on the engine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Announcements } from '../../src/platform/announcements.ts';
import { startApp } from '../support/app.ts';
import { type Door, type DoorOptions, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { toyAnswer } from '../support/toy-source.ts';

function openOne(options: DoorOptions = {}): Promise<Door> {
  const [sqlite] = engines;
  if (sqlite === undefined) throw new Error('no engine');
  return openDoor(sqlite, options);
}

/** A connection of its own, kept by whoever opens it. */
async function open({ origin }: Pick<Door, 'origin'>): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** A request that the server has begun to read and that never ends. */
async function hangingUpload(server: Pick<Door, 'origin'>, token: string): Promise<Socket> {
  const socket = await open(server);
  const head = ['POST /api/remap/1.2/entity/store HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`];
  socket.write(`${[...head, 'Content-Length: 100', 'Expect: 100-continue'].join('\r\n')}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 100 /);
  // The server may cut it.
  socket.on('error', () => {}).write('{"name":');
  return socket;
}

const get = (path: string, token: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

describe('health', () => {
  it('is told without credentials: alive, and ready or not', async () => {
    let isReady = true;
    await using door = await openOne({ server: { isReady: async () => isReady } });
    assert.equal((await door.anonymous.get(`${door.origin}/healthz`)).status, 200);
    assert.equal((await door.anonymous.get(`${door.origin}/readyz`)).status, 200);
    isReady = false;
    assert.equal((await door.anonymous.get(`${door.origin}/readyz`)).status, 503);
    assert.equal((await door.anonymous.get(`${door.origin}/healthz`)).status, 200);
  });

  it('is not ready while the database does not answer', async () => {
    const isReady = async (): Promise<boolean> => {
      throw new Error('the database is away');
    };
    await using door = await openOne({ server: { isReady } });
    assert.equal((await door.anonymous.get(`${door.origin}/readyz`)).status, 503);
    assert.deepEqual(door.witness.all('request.failed'), []);
  });
});

describe('a connection', () => {
  it('is kept, for longer than a minute by default, and the client is told how long', async () => {
    await using door = await openOne();
    const { client } = await door.caller();
    const first = await client.get('/async');
    assert.equal(first.headers['keep-alive'], 'timeout=65');
  });

  it('that idles longer than the setting says is closed by the server', async () => {
    await using door = await openOne({ server: { keepAliveMs: 1_000 } });
    const { token } = await door.caller();
    const socket = await open(door);
    socket.write(get('/api/remap/1.2/async', token));
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*keep-alive: timeout=1\r\n/i);
    await once(socket.resume(), 'end');
  });
});

describe('a server that stops', () => {
  it('answers what it has accepted, closes what is idle, and accepts no more', async () => {
    await using door = await openOne();
    const { token, client } = await door.caller();
    const idle = await open(door);
    const busy = await open(door);
    busy.write(get('/api/remap/1.2/report/stock/bystore?rows=4&hold=open', token));
    const arrival = await door.control.arrival();
    const stopped = door.stop();
    await once(idle.resume(), 'end');
    arrival.tell('go');
    const answer = Buffer.concat(await busy.toArray()).toString();
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /\r\nconnection: close\r\n/i);
    assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), toyAnswer(4));
    await stopped;
    await assert.rejects(client.get('/async'), { code: 'ECONNREFUSED' });
  });

  it('cuts a client that does not come to an end', async () => {
    await using door = await openOne({ server: { drainMs: 100 } });
    const { token } = await door.caller();
    const uploading = await hangingUpload(door, token);
    const cut = new Promise((resolve) => uploading.resume().once('close', resolve));
    await door.stop();
    await cut;
  });

  it('gives its tasks back while a client still keeps it waiting', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    const announcements = new Announcements();
    const builder = Promise.withResolvers<number>();
    announcements.subscribe(({ name, fields }) => {
      if (name === 'worker.started' && fields.duty === 'exports') builder.resolve(Number(fields.pid));
    });
    const app = await startApp(sqlite, { announcements });
    const { client, token } = await app.member();
    const uploading = await hangingUpload(app, token);
    // A worker that is held begins and never ends.
    process.kill(await builder.promise, 'SIGSTOP');
    const claimed = app.announced('task.claimed');
    assert.equal((await client.get('/report/stock/bystore?async=true')).status, 202);
    const { fields } = await claimed;
    const released = app.announced('task.released', ({ task }) => task === fields.task);
    const stopped = app[Symbol.asyncDispose]();
    assert.equal((await released).fields.setback, 'drained');
    assert.equal(uploading.readyState, 'open');
    uploading.destroy();
    await stopped;
  });
});
