import { DomainError } from "@xent/linalg";

/** Before every key; the braces keep a campaign's keys on one node of a Redis cluster. */
export const KEY_PREFIX = "{xent}";

/** Set of the names of all queues that a coordinator ever used on this server. */
export const QUEUES_KEY: string = `${KEY_PREFIX}:queues`;

/**
 * Name of the queue of a campaign. Workers and the coordinator meet there; one coordinator at a time.
 * @throws DomainError for a name that BullMQ or a terminal would stumble over.
 */
export function queueName(campaign: string, queue?: string): string {
  const name = queue ?? campaign;
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/.test(name)) {
    throw new DomainError(`queue name "${name}" is not of letters, digits, ".", "_", "@" and "-"`);
  }
  return name;
}

/** Key of the lease that the one coordinator of a queue holds. */
export function leaseKey(queue: string): string {
  return `${KEY_PREFIX}:${queue}:coordinator`;
}

/** Key of the hash that says what runs in a queue and how far it is. */
export function recordKey(queue: string): string {
  return `${KEY_PREFIX}:${queue}:campaign`;
}

/** Key under which BullMQ keeps a job. */
export function jobKey(queue: string, id: string): string {
  return `${KEY_PREFIX}:${queue}:${id}`;
}
