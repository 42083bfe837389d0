/** Announcements become log lines on stderr: JSON, one a line. The only place that knows pino. */
import { pino, stdSerializers } from 'pino';
import type { Announcements } from './announcements.ts';
import type { Config } from './settings.ts';

/** Writes every announcement at `level` or above; the answer ends it. */
export function logAnnouncements(announcements: Announcements, level: Config['logLevel']): () => void {
  // Rooms announce failures under these names: with their stack and causes, not as `{}`.
  const serializers = { error: stdSerializers.errWithCause, cause: stdSerializers.errWithCause };
  const log = pino({ level, base: null, serializers }, pino.destination({ dest: 2, sync: true }));
  return announcements.subscribe(({ name, level: lineLevel, fields }) => {
    log[lineLevel]({ event: name, ...fields });
  });
}
