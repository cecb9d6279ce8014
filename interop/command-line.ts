import { ArgumentError, type Arguments, parseArguments, USAGE } from './arguments.js';
import { cases } from './cases.js';
import { lineOf, summaryOf, totalsOf } from './report.js';
import { onlyCases, runCases } from './run.js';

export interface Output {
  /** Each is one line. */
  print(line: string): void;
  complain(line: string): void;
}

/** Runs the suite as the arguments say. Resolves to the exit code: 0 all well, 1 a case failed, 2 wrong arguments. */
export async function interop(args: readonly string[], { print, complain }: Output): Promise<0 | 1 | 2> {
  let parsed: Arguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    complain(`${error.message}\n${USAGE}`);
    return 2;
  }
  const { only, json } = parsed;
  const chosen = only === undefined ? cases : onlyCases(cases, only);
  if (chosen.length === 0) {
    complain(`--only is ${JSON.stringify(only)}, which no case contains`);
    return 2;
  }
  const results = await runCases(chosen, parsed, (result) => {
    if (!json) print(lineOf(result));
  });
  const totals = totalsOf(results);
  if (json) print(JSON.stringify({ ...totals, urls: parsed.urls, cases: results }));
  else for (const line of summaryOf(totals)) print(line);
  return totals.failed > 0 ? 1 : 0;
}
