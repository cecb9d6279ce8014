import { transform } from 'esbuild';
import type { Plugin } from 'vite';

/** Vite 8 leaves stage-3 decorators as they are, which no engine runs yet; esbuild lowers them. */
export function decorators(): Plugin {
  return {
    name: 'netron:decorators',
    enforce: 'pre',
    async transform(code, id) {
      const file = id.split('?')[0] ?? id;
      if (!/\.tsx?$/.test(file) || !/^\s*(export\s+)?@[A-Z]\w*\(/m.test(code)) return null;
      const loader = file.endsWith('x') ? 'tsx' : 'ts';
      const result = await transform(code, {
        loader,
        target: 'es2022',
        jsx: 'preserve',
        sourcemap: true,
        sourcefile: file,
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      });
      return { code: result.code, map: result.map };
    },
  };
}
