/**
 * How Node is started for what serves. V8 begins with a young generation of 1 MB, lets it grow only by what survives, and
 * makes it small again in quiet minutes. Of requests nearly nothing survives: it would stay small, and collect again and
 * again what a few more requests would have let go of.
 */
export const NODE_FLAGS: readonly string[] = ['--min-semi-space-size=16'];
