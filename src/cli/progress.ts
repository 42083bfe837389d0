/** Progress of a long command on stderr: a bar on a terminal, otherwise a line at most every ten seconds. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

const LINE_EVERY_MS = 10_000;

/** `unit` in the plural: `positions`. */
export function showProgress(label: string, unit: string): Progress {
  return process.stderr.isTTY ? bar(label, unit) : lines(label, unit);
}

function bar(label: string, unit: string): Progress {
  const started = performance.now();
  const single = new SingleBar(
    {
      stream: process.stderr,
      format: `${label} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {left} s left`,
      hideCursor: true,
    },
    process.env.NO_COLOR === undefined ? Presets.shades_classic : Presets.legacy,
  );
  let running = false;
  return {
    update(done, total) {
      const { rate, left } = pace(started, done, total);
      if (!running) single.start(total, done, { rate, left });
      else single.update(done, { rate, left });
      running = true;
    },
    end() {
      if (running) single.stop();
    },
  };
}

function lines(label: string, unit: string): Progress {
  const started = performance.now();
  let printed = started;
  return {
    update(done, total) {
      if (performance.now() - printed < LINE_EVERY_MS) return;
      printed = performance.now();
      const { rate, left } = pace(started, done, total);
      process.stderr.write(`${label}: ${done}/${total} ${unit}, ${rate}/s, ${left} s left\n`);
    },
    end() {},
  };
}

/** Whole units a second since `started` (performance.now), and whole seconds left. */
function pace(started: number, done: number, total: number): { rate: number; left: number } {
  const seconds = (performance.now() - started) / 1000;
  const rate = done / Math.max(seconds, 0.001);
  return { rate: Math.round(rate), left: Math.ceil((total - done) / Math.max(rate, 0.001)) };
}
