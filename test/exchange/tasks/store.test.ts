import { taskStoreSuite } from '../../suites/task-store.ts';
import { queues } from '../../support/queues.ts';

for (const queue of queues) taskStoreSuite(queue);
