import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import type { Plugin } from 'vite';

const ID = 'virtual:netron-agent';

/**
 * The agent as `{ code, build }`: one self-contained script, and a hash of it, by which a page's agent and its panel
 * know each other.
 */
export function agentModule(entry: string): Plugin {
  return {
    name: 'netron:agent',
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    async load(id) {
      if (id !== `\0${ID}`) return null;
      const result = await build({
        entryPoints: [entry],
        bundle: true,
        write: false,
        minify: true,
        format: 'iife',
        target: 'es2022',
        charset: 'ascii',
        metafile: true,
      });
      for (const file of Object.keys(result.metafile.inputs)) this.addWatchFile(file);
      const source = result.outputFiles[0]?.text ?? '';
      const hash = createHash('sha256').update(source).digest('hex').slice(0, 12);
      const code = source.replaceAll('__AGENT_BUILD__', JSON.stringify(hash)).trim().replace(/;$/, '');
      return `export default ${JSON.stringify({ code, build: hash })};`;
    },
  };
}
