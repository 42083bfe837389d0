/**
 * The loop of a process that builds results: claims a task, hands it to a child, keeps its lease until the child has
 * answered. All it knows of a task it holds under the attempt's number: what it does too late changes nothing.
 */
import type { Service } from '../platform/service.ts';
import type { Job } from './child.ts';
import { type ConcludePorts, conclude, fieldsOf, setBack, type Withdrawal } from './conclude.ts';
import type { Pool } from './pool.ts';
import { resultName } from './result-name.ts';
import type { Attempt } from './tasks/store.ts';

export interface RunnerLimits {
  readonly leaseMs: number;
  /** How often a runner looks whether its attempts are still its own, in ms. */
  readonly lookUpMs: number;
}

export interface RunnerPorts extends Omit<ConcludePorts, 'deadline'> {
  readonly limits: ConcludePorts['limits'] & RunnerLimits;
  /** The processes that build; calls back when one is free. */
  readonly openPool: (onFree: () => void) => Pool;
  /** Calls back when a task may be claimed, and when a running one was cancelled. */
  readonly listen: (wakes: { readonly claimable: () => void; readonly cancelled: () => void }) => () => void;
}

/** A lease is renewed every third of it: two beats may be lost. */
const BEATS_PER_LEASE = 3;
/** Lapsed leases are taken over so many at a time. */
const TAKEOVER_MAX = 100;
/** How often all leases are looked at and not only those that ran out since the last look, in ms (Steady). */
const FULL_LOOK_MS = 60_000;

/** How long draining may take, in ms: then the process ends, and leases run out for what could not be written. */
const DRAIN_MAX_MS = 8_000;

interface Running {
  readonly attempt: Attempt;
  readonly job: Job;
  readonly concluded: Promise<void>;
  rows: number;
  total: number | undefined;
  /** When the lease was renewed last (Steady ms), and with how many rows. */
  renewedAt: number;
  renewedRows: number;
  withdrawal: Withdrawal | undefined;
}

export class Runner implements Service {
  readonly #ports: RunnerPorts & ConcludePorts;
  readonly #deadline = new AbortController();
  readonly #pool: Pool;
  /** One per process start: a restarted process is somebody else. */
  readonly #identity: string;
  /** By the name of the attempt's file. */
  readonly #running = new Map<string, Running>();
  #ignore: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();
  #claiming: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #isRunning = false;
  #isClaimDue = false;
  #isTickDue = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #lookedAtAllAt = Number.NEGATIVE_INFINITY;

  constructor(ports: RunnerPorts) {
    this.#ports = { ...ports, deadline: this.#deadline.signal };
    this.#pool = ports.openPool(() => this.claim());
    this.#identity = ports.ids.uuid();
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    this.#ignore = this.#ports.listen({ claimable: () => this.claim(), cancelled: () => this.#tickNow() });
    this.#pool.start();
    this.#tickNow();
  }

  /** Drains: running tasks go back to the queue before this resolves, and no process is left. Once, however often called. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isRunning = false;
    this.#ignore?.();
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#deadline.abort(), DRAIN_MAX_MS);
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    this.#deadline.signal.addEventListener('abort', () => resolve());
    // A database that does not answer must not keep the process from ending.
    await Promise.race([this.#drain(), deadline]);
    clearTimeout(timer);
    await this.#pool.stop();
  }

  async #drain(): Promise<void> {
    await this.#claiming;
    for (const running of this.#running.values()) this.#withdraw(running, 'drained');
    await Promise.all([...this.#running.values()].map(({ concluded }) => concluded));
    await this.#ticking;
  }

  /** Claims as long as a child is free and a task waits. Called again meanwhile, it looks once more. */
  claim(): void {
    if (this.#isClaimDue || !this.#isRunning) return;
    this.#isClaimDue = true;
    this.#claiming = this.#claiming.then(() => this.#claimAll());
  }

  async #claimAll(): Promise<void> {
    this.#isClaimDue = false;
    try {
      while (this.#isRunning && this.#pool.hasFree) {
        const attempt = await this.#ports.store.claim(this.#identity);
        if (attempt === undefined) return;
        this.#ports.announce('task.claimed', fieldsOf(attempt));
        await this.#begin(attempt);
      }
    } catch (error) {
      this.#ports.announce('runner.failed', { doing: 'claim', error }, 'error');
    }
  }

  async #begin(attempt: Attempt): Promise<void> {
    const name = resultName(attempt);
    const order = { kind: 'build', request: attempt.request, name } as const;
    const job = this.#pool.run(order, ({ rows, total }) => {
      running.rows = rows;
      running.total = total;
    });
    // Its child died between the look and the claim: nobody's failure.
    if (job === undefined) return setBack(this.#ports, attempt, 'drained', 'no process is free');
    const running: Running = {
      attempt,
      job,
      concluded: job.outcome.then(async (outcome) => {
        await conclude(this.#ports, attempt, outcome, running.withdrawal);
        this.#running.delete(name);
      }),
      rows: 0,
      total: undefined,
      renewedAt: this.#ports.steady.now(),
      renewedRows: 0,
      withdrawal: undefined,
    };
    this.#running.set(name, running);
    if (!this.#isRunning) this.#withdraw(running, 'drained');
  }

  #withdraw(running: Running, withdrawal: Withdrawal): void {
    running.withdrawal ??= withdrawal;
    running.job.cancel();
  }

  /** Renews first, then looks for what others lost, then claims: a runner that slept takes nothing from itself. */
  async #tick(): Promise<void> {
    try {
      await this.#keepLeases();
      if (this.#isRunning) await this.#takeOver();
      if (this.#isRunning && this.#pool.hasFree && (await this.#ports.store.hasClaimable())) this.claim();
    } catch (error) {
      this.#ports.announce('runner.failed', { doing: 'tick', error }, 'error');
    }
  }

  #tickNow(): void {
    if (this.#isTickDue || !this.#isRunning) return;
    this.#isTickDue = true;
    this.#ticking = this.#ticking.then(async () => {
      this.#isTickDue = false;
      clearTimeout(this.#timer);
      await this.#tick();
      if (this.#isRunning) this.#timer = setTimeout(() => this.#tickNow(), this.#ports.limits.lookUpMs);
    });
  }

  async #keepLeases(): Promise<void> {
    const { store, steady, limits } = this.#ports;
    const running = [...this.#running.values()].filter(({ withdrawal }) => withdrawal === undefined);
    if (running.length === 0) return;
    const now = steady.now();
    const beatMs = limits.leaseMs / BEATS_PER_LEASE;
    const isDue = running.some((one) => one.rows !== one.renewedRows || now - one.renewedAt >= beatMs);
    const beats = running.map(({ attempt, rows, total }) => ({ ...attempt, rows, total }));
    const own = new Set(isDue ? await store.renew(beats) : await store.lookUp(beats));
    for (const [index, beat] of beats.entries()) {
      const one = running[index]!;
      if (!own.has(beat)) this.#withdraw(one, 'gone');
      else if (isDue) {
        Object.assign(one, { renewedAt: now, renewedRows: beat.rows });
        this.#ports.announce('task.renewed', { ...fieldsOf(beat), rows: beat.rows }, 'debug');
      }
    }
  }

  /** Puts tasks back whose runner was silent for longer than its lease, except those that run here. */
  async #takeOver(): Promise<void> {
    const { store, steady } = this.#ports;
    const until = steady.now();
    const isFullLook = until - this.#lookedAtAllAt >= FULL_LOOK_MS;
    const from = isFullLook ? Number.MIN_SAFE_INTEGER : this.#lookedAt;
    const lapsed = await store.lapsed({ from, until }, TAKEOVER_MAX);
    for (const attempt of lapsed) {
      if (this.#running.has(resultName(attempt))) continue;
      await setBack(this.#ports, attempt, 'lapsed', undefined, until);
    }
    if (lapsed.length === TAKEOVER_MAX) return;
    this.#lookedAt = until;
    if (isFullLook) this.#lookedAtAllAt = until;
  }
}
