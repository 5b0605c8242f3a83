// The layer rules of docs/architecture.md. Rows from the bottom up: a box may import the rows below it, and never a box of its own row.
const rows = [
  ['core'],
  ['objects'],
  ['schema', 'exec', 'proxy', 'evidence'],
  ['scene'],
  ['runner', 'parity', 'clusters', 'probes', 'checks', 'reporters', 'images'],
  ['guide'],
  ['cli'],
];
const boxes = rows.flat();
const inside = (names) => `^src/(${names.join('|')})/`;

// The agent is a program of its own: it runs inside the sandbox and starts what the nodes and pods need there.
const agent = '^src/clusters/netns/agent/';
// Tests, and what only tests use.
const test = '(\\.test\\.ts$|/testing/)';
// A test that needs a cluster puts a whole one together, as the cli does.
const wiredTest = '\\.(e2e|kind)\\.test\\.ts$';

const layers = rows.flatMap((row, level) =>
  row.map((box) => ({
    name: `layer-${box}`,
    comment: `src/${box} may import only the rows below it`,
    severity: 'error',
    from: { path: inside([box]), pathNot: wiredTest },
    to: { path: inside([...row.filter((other) => other !== box), ...rows.slice(level + 1).flat(), 'no-such-box']) },
  })),
);

const only = (name, allowed, target, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: allowed },
  to: { path: target },
});

const npm = (name) => `(^|/)node_modules/${name}/`;

module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'no-unknown-box',
      comment: 'a new folder in src needs its place in the rows of this file and of docs/architecture.md',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: inside(boxes) },
      to: {},
    },
    only(
      'processes-only-in-exec',
      ['^src/exec/', agent, test, '^scripts/', '^bench/'],
      ['^(node:)?child_process$', npm('execa'), npm('cross-spawn')],
      'src/exec is the only code that starts processes',
    ),
    only(
      'process-only-in-cli',
      ['^src/cli/', agent, test, '^scripts/', '^bench/'],
      '^(node:)?process$',
      'only src/cli touches the process',
    ),
    only('zx-only-in-scripts', ['^scripts/'], npm('zx'), 'zx keeps its settings in the ambient process: maintainers’ scripts only'),
    only('dockerode-only-in-exec-and-kind', ['^src/exec/', '^src/clusters/kind/'], npm('dockerode'), 'Docker’s types stay where Docker is'),
    only('koffi-only-in-agent', [agent], npm('koffi'), 'system calls are the agent’s alone'),
    {
      name: 'no-barrel-inside',
      comment: 'src/index.ts is for users of the package; inside, import the file that has it',
      severity: 'error',
      from: { path: '^(src|labs|scripts|bench)/', pathNot: '^src/index\\.test\\.ts$' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'src-stands-alone',
      comment: 'nothing in src imports what is built, a lab, a script or a bench',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(build|labs|scripts|bench)/' },
    },
    {
      name: 'no-test-imported',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'no-dev-dependency-in-src',
      comment: 'the installed package does not have it',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-undeclared-package', severity: 'error', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      comment: 'nobody imports it and it imports nothing',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: [test, '^src/index\\.ts$', '^src/cli/main\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/fixtures/', '^build/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
