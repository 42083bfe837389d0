/** Numbers, uuids and texts as the API reads and writes them (contract: Dates; Reports, What the numbers mean). */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, in either case. */
export const isUuid = (text: string): boolean => UUID.test(text);
