/**
 * How Node is started for what serves, and Deno (`--v8-flags`).
 *
 * V8 begins with a young generation of 1 MB, lets it grow only by what survives, and makes it small again in quiet minutes.
 * Of requests nearly nothing survives: it would stay small, and collect again and again what a few more requests would
 * have let go of. And there is little to collect each time: helper threads that have to be woken for it, on the same
 * processor as the router, make each collection longer.
 */
export const V8_FLAGS: readonly string[] = ['--min-semi-space-size=16', '--no-parallel-scavenge'];
