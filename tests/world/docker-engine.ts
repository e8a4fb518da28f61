/** Filled in by the storage and sandbox work. */
export function setup(): void {}
