// How long the compiler takes for the types of a large service: what `npm run test:types` holds it to.
import { writeFileSync } from 'node:fs';

/** Methods of the service, each of them used once in each way. */
export const METHODS = 200;
/** The shortest of so many is the time without what else the machine does. */
const RUNS = 3;

const HEAD = `import { type NetronClient, service } from '../../dist/types/client/index.js';
import { useQuery } from '../../dist/types/client/preact.js';
declare const client: NetronClient;
`;

/**
 * @param {string} dir two levels below the root
 * @param {(args: string[]) => { stdout: string, status: number | null }} tsc
 * @returns {number} milliseconds beyond those of the imports alone
 */
export function measureCheckMs(dir, tsc) {
  const numbers = Array.from({ length: METHODS }, (_, i) => i);
  const fields = numbers.map((i) => `  readonly f${i}: { readonly id: string; readonly at: number };`);
  const methods = numbers.map((i) => `  m${i}(id: string, at?: Data['f${i}']): Promise<readonly Data['f${i}'][]>;`);
  const uses = numbers.map(
    (i) => `
export const q${i} = client.query(Users, 'm${i}', ['a'], { cache: ${i} }).then((items) => items[0]?.at);
export const c${i} = client.service(Users).cache(${i}).retry(1).m${i}('a', { id: 'a', at: ${i} });
export const u${i} = (): number | undefined => useQuery(Users, 'm${i}', ['a']).data.value?.[0]?.at;`,
  );
  const large = [
    HEAD,
    `interface Data {\n${fields.join('\n')}\n}`,
    `interface Api {\n${methods.join('\n')}\n}`,
    `const Users = service<Api>('users@1.0.0');`,
    ...uses,
  ];
  const empty = `${HEAD}export { client, service, useQuery };\n`;
  const largeMs = checkMs(dir, tsc, 'large', large.join('\n'));
  return largeMs - checkMs(dir, tsc, 'empty', empty);
}

function checkMs(dir, tsc, name, source) {
  writeFileSync(`${dir}/${name}.ts`, source);
  const compilerOptions = { types: [], skipLibCheck: true };
  const config = {
    extends: '../../tsconfig.test.json',
    compilerOptions,
    include: [],
    exclude: [],
    files: [`${name}.ts`],
  };
  writeFileSync(`${dir}/tsconfig.${name}.json`, JSON.stringify(config));
  const times = Array.from({ length: RUNS }, () => {
    const { status, stdout } = tsc(['-p', `${dir}/tsconfig.${name}.json`, '--extendedDiagnostics']);
    const [, seconds] = /^Check time:\s+([\d.]+)s$/m.exec(stdout) ?? [];
    if (status !== 0 || seconds === undefined)
      throw new Error(`the ${name} file does not compile: ${stdout.slice(0, 2_000)}`);
    return Number(seconds) * 1_000;
  });
  return Math.min(...times);
}
