// This client against any Titan server: npm run interop -- --http URL --ws URL [--auth] [--only TEXT] [--json]
import { ensureDependencies } from './install.mjs';

ensureDependencies();
const { importTs } = await import('./run-ts.mjs');
const { interop } = await importTs('interop/command-line.ts');
process.exitCode = await interop(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});
