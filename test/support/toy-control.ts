/** The test's end of the toy source: hears where each build is and tells it how to go on. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What a build that waits may be told. */
export type Instruction = 'go' | 'throw' | 'exit' | 'spin' | 'leak';

/** A build that has come to a point and waits. */
export interface Arrival {
  readonly point: string;
  /** The query of its request. */
  readonly query: string;
  readonly pid: number;
  tell(instruction: Instruction): void;
}

export class ToyControl implements AsyncDisposable {
  readonly port: number;
  readonly #close: () => Promise<void>;
  readonly #arrived: Arrival[] = [];
  readonly #asking: ((arrival: Arrival) => void)[] = [];

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async open(): Promise<ToyControl> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      createInterface(socket).on('line', (line) => control.#hear(socket, line));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const control: ToyControl = new ToyControl(address.port, async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return control;
  }

  /** The next build that has come to a point; each is given out once, in the order of arrival. */
  arrival(): Promise<Arrival> {
    const waiting = this.#arrived.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #hear(socket: Socket, line: string): void {
    const arrival: Arrival = {
      ...JSON.parse(line),
      tell: (instruction) => void socket.write(`${JSON.stringify({ instruction })}\n`),
    };
    const ask = this.#asking.shift();
    if (ask === undefined) this.#arrived.push(arrival);
    else ask(arrival);
  }
}
