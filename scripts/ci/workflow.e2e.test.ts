import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/cli/package-root.js';
import { temporaryFolder } from '../../src/cli/testing/svclab.js';
import { labsWorkflow } from './workflow.js';

const { workflow } = labsWorkflow();
const steps = workflow.jobs.lab.steps;
const cli = join(packageRoot, 'build', 'src', 'cli', 'main.js');

/** The steps with a command, one after the other in bash, as GitHub starts it, in a workspace of the test's own, until one fails. */
async function runSteps(t: Test, matrix: Readonly<Record<string, string>>) {
  const workspace = await temporaryFolder(t);
  // npm in a checkout starts what is built there; here that is this checkout's, and the folder is the test's.
  await mkdir(join(workspace, 'bin'));
  const npm = `#!/bin/sh\n[ "$1 $2 $3 $4" = 'run -s svclab --' ] || exit 99\nshift 4\nexec "${process.execPath}" "${cli}" "$@"\n`;
  await writeFile(join(workspace, 'bin', 'npm'), npm);
  await chmod(join(workspace, 'bin', 'npm'), 0o755);
  const summary = join(workspace, 'summary');
  await writeFile(summary, '');
  let last: { readonly exitCode?: number | undefined; readonly stdout: string; readonly stderr: string } = { stdout: '', stderr: '' };
  for (const { run, shell, env = {} } of steps.filter((step) => step.run !== undefined)) {
    t.equal(shell, 'bash');
    const script = join(workspace, 'step.sh');
    await writeFile(script, run ?? '');
    last = await execa('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
      cwd: workspace,
      reject: false,
      stdin: 'ignore',
      env: {
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, evaluated(value, matrix)])),
        PATH: `${join(workspace, 'bin')}:${process.env['PATH']}`,
        LC_ALL: 'C',
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: workspace,
        GITHUB_STEP_SUMMARY: summary,
      },
    });
    if (last.exitCode !== 0) break;
  }
  return { ...last, workspace, summary: await readFile(summary, 'utf8') };
}

/** The only expressions that the steps use. */
function evaluated(value: string, matrix: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{\{ matrix\.(\w+) \}\}/g, (_, name: string) => matrix[name] ?? `no ${name} in the matrix`);
}

t.test('the steps, for a lab that holds', async (t) => {
  const end = await runSteps(t, { lab: 'cluster', cluster: 'netns' });
  t.equal(end.exitCode, 0, end.stderr);
  t.match(end.summary, /^# svclab: 1 of 1 lab holds\n/);
  t.match(end.stdout, /^::stop-commands::/);
  const kept = String(steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))?.with?.['path']).split('\n')[0] ?? '';
  await t.resolves(access(join(end.workspace, kept, 'reports', 'junit.xml')), 'the reports are in the folder that is kept');
  await t.resolves(access(join(end.workspace, kept, 'latest', 'manifest.json')), 'and the evidence');
});

t.test('the step fails where the lab cannot be run, and a hostile name stays one word', async (t) => {
  const end = await runSteps(t, { lab: 'cluster; touch hacked', cluster: 'netns' });
  t.equal(end.exitCode, 2, end.stderr);
  t.match(end.stderr, "there is no lab 'cluster; touch hacked'");
  await t.rejects(access(join(end.workspace, 'hacked')));
});
