// The built manifests ask for nothing, and web-ext finds nothing but what the bundled libraries are known for.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const FORBIDDEN = ['permissions', 'host_permissions', 'optional_permissions', 'content_scripts', 'background'];
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; connect-src 'none'";
/** Preact assigns innerHTML for dangerouslySetInnerHTML, which we never use; zod tries Function, which jitless forbids. */
const KNOWN_WARNINGS = new Set(['UNSAFE_VAR_ASSIGNMENT', 'DANGEROUS_EVAL']);
const KNOWN_WARNINGS_MAX = 3;

const problems = [];
for (const browser of ['chrome', 'firefox']) {
  const manifest = JSON.parse(readFileSync(`${root}dist/extension/${browser}/manifest.json`, 'utf8'));
  for (const key of FORBIDDEN) if (key in manifest) problems.push(`${browser}: manifest has ${key}`);
  const csp = manifest.content_security_policy?.extension_pages;
  if (csp !== CSP) problems.push(`${browser}: content security policy is ${csp}`);
}

const args = [
  'web-ext',
  'lint',
  '--source-dir',
  `${root}dist/extension/firefox`,
  '--output',
  'json',
  '--no-config-discovery',
];
const { stdout } = await promisify(execFile)('npx', args, { cwd: root, maxBuffer: 1e8 }).catch((failed) => failed);
const report = JSON.parse(stdout);
for (const { code, message } of report.errors) problems.push(`web-ext error ${code}: ${message}`);
for (const { code, message, file } of report.warnings) {
  if (!KNOWN_WARNINGS.has(code)) problems.push(`web-ext warning ${code} in ${file}: ${message}`);
}
if (report.warnings.length > KNOWN_WARNINGS_MAX)
  problems.push(`web-ext: ${report.warnings.length} warnings, 3 are known`);

for (const problem of problems) console.error(problem);
console.log(`manifest: ${problems.length} problems, ${report.warnings.length} known warnings of bundled libraries`);
process.exitCode = problems.length > 0 ? 1 : 0;
