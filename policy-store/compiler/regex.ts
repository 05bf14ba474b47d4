/** Regular expressions as automata. The grammar is the policy language's: documents are checked by the same parser. */
export { compileRegex, RegexRefused } from '../resources/schema/regex.ts';
