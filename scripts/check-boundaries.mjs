// Checks who imports whom (.dependency-cruiser.cjs) over the sources of all packages and apps.
// Exits 1 with a line for each violation; also when it saw fewer modules than there are source files,
// for a check that looks at nothing finds nothing.
import { readdirSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const config = await extractConfig('./.dependency-cruiser.cjs');
const { output } = await cruise(
  ['packages', 'apps'],
  {
    ...config.options,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
    exclude: { path: '^(packages|apps)/[^/]+/(dist|bin)/' },
  },
  undefined,
  { tsConfig: extractTsConfig('tsconfig.json') },
);

const sources = ['packages', 'apps'].flatMap((group) =>
  readdirSync(group, { recursive: true }).filter((file) => /^[^/\\]+[/\\]src[/\\].*\.ts$/.test(file)),
);
const seen = output.modules.filter(({ source }) =>
  /^(packages|apps)\/[^/]+\/src\/.*\.ts$/.test(source),
).length;
for (const { rule, from, to } of output.summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
if (seen < sources.length) console.error(`only ${seen} of ${sources.length} source files were looked at`);
console.error(`boundaries: ${output.summary.violations.length} violations in ${seen} source files`);
process.exitCode = output.summary.violations.length > 0 || seen === 0 || seen < sources.length ? 1 : 0;
