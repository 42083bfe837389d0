/** Something that runs. `stop` resolves when it has drained: nothing of it works on afterwards. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts in order, stops in reverse; a failed start stops what had been started. */
export function together(...services: readonly Service[]): Service {
  const running: Service[] = [];
  const stop = async (): Promise<void> => {
    for (let service = running.pop(); service !== undefined; service = running.pop()) await service.stop();
  };
  return {
    async start() {
      for (const service of services) {
        try {
          await service.start();
          running.push(service);
        } catch (error) {
          await stop();
          throw error;
        }
      }
    },
    stop,
  };
}
