import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import t from 'tap';
import { z } from 'zod';
import { main } from '../../src/cli/program.js';
import { splitWords } from '../../src/schema/words.js';
import { codeIn, document, documents, root } from './markdown.js';

const scripts = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** The program as `main` puts it together, before it reads any argument. */
async function theProgram(): Promise<Command> {
  const { parseAsync } = Command.prototype;
  let program: Command | undefined;
  Command.prototype.parseAsync = async function (this: Command) {
    program = this;
    return this;
  };
  try {
    await main(process);
  } finally {
    Command.prototype.parseAsync = parseAsync;
  }
  if (program === undefined) throw new Error('main() parsed nothing');
  for (const command of [program, ...program.commands]) {
    command.action(() => undefined).configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  }
  return program;
}

/** The commands of one line of shell: what stands between pipes, and before a redirection. */
function commandsOf(line: string): readonly string[] {
  return line.split(' | ').map((part) => part.replace(/ > \S+$/, '').trim());
}

/** The arguments of svclab in a command; undefined where it is another program. */
function svclabArguments(command: string): readonly string[] | undefined {
  const match = /^(?:svclab|npm run -s svclab --) (.+)$/.exec(command) ?? /^npm run lab:(\S+)(?: -- (.+))?$/.exec(command);
  if (match === null) return undefined;
  const typed = command.startsWith('npm run lab:') ? `run ${match[1]} ${match[2] ?? ''}` : (match[1] ?? '');
  const { words, faults } = splitWords(typed.trim());
  if (faults.length > 0) throw new Error(`'${command}' needs a shell: ${faults[0]?.message}`);
  return words.map(({ text }) => text);
}

const shellLines = documents().flatMap(({ file, blocks }) =>
  blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text, line }) =>
      text
        .trimEnd()
        .split('\n')
        .map((command, i) => ({ at: `${file}:${line + 1 + i}`, command })),
    ),
);

t.test('every svclab command in the documents is one that the program takes', async (t) => {
  const program = await theProgram();
  const used = new Set<string>();
  for (const { at, command } of shellLines) {
    for (const args of commandsOf(command)
      .flatMap((part) => [svclabArguments(part) ?? []])
      .filter((words) => words.length > 0)) {
      used.add(args[0] ?? '');
      await t.resolves(program.parseAsync([...args], { from: 'user' }), `${at}: ${command}`);
    }
  }
  t.strictSame(
    [...used].sort(),
    ['ci', 'down', 'images', 'parity', 'rejudge', 'rules', 'run', 'status', 'up', 'validate'],
    'and these are among them',
  );
});

t.test('every svclab command that is named within a text is there', async (t) => {
  const program = await theProgram();
  const known = program.commands.map((command) => command.name());
  const named = documents().flatMap(({ file, prose }) =>
    codeIn(prose).flatMap((code) => (code.startsWith('svclab ') ? [{ file, command: code.split(' ')[1] ?? '' }] : [])),
  );
  t.ok(named.length > 10);
  t.strictSame(
    named.filter(({ command }) => !known.includes(command)),
    [],
  );
});

t.test('a command that is wrong is noticed', async (t) => {
  const program = await theProgram();
  for (const wrong of [
    'run',
    'walk clusterip',
    'run clusterip --request 3',
    'run clusterip --requests none',
    'run clusterip --reporter xml',
    'run clusterip --report xml=x',
    'ci --keep',
    'rules --node x',
    'list all',
  ]) {
    await t.rejects(
      program.parseAsync([...(svclabArguments(`svclab ${wrong}`) ?? [])], { from: 'user' }),
      { name: /CommanderError|InvalidArgumentError/ },
      wrong,
    );
  }
});

t.test('every npm command in the documents is a script of the package', async (t) => {
  const named = shellLines.flatMap(({ at, command }) =>
    [...command.matchAll(/\bnpm (?:run (?:-s )?(\S+)|(test))/g)].map((match) => ({ at, script: match[1] ?? match[2] ?? '' })),
  );
  t.ok(named.length > 5);
  t.strictSame(
    named.filter(({ script }) => scripts.scripts[script.replace(/'$/, '')] === undefined),
    [],
  );
});

t.test('the READMEs tell of every command, and of every option of run, ci, up and parity', async (t) => {
  const program = await theProgram();
  const options = (command: Command | undefined) => (command?.options ?? []).map(({ long }) => long ?? '');
  for (const file of ['README.md', 'README.ko.md']) {
    const told = document(file).tables.map((table) => table.slice(1).flatMap(([first = '']) => codeIn(first)));
    const commands = told.find((cells) => cells.some((cell) => cell.startsWith('svclab list')))?.map((cell) => cell.split(' ')[1] ?? '');
    t.strictSame(commands?.sort(), program.commands.map((command) => command.name()).sort(), `${file}: commands`);
    for (const name of ['run', 'ci', 'up', 'parity']) {
      // The head of the table names the command: | option of `run` | ... |
      const table = document(file).tables.find(([[head = ''] = []]) => !head.includes('svclab') && codeIn(head).join() === name);
      const ofCommand = table?.slice(1).map(([first = '']) => codeIn(first)[0]?.split(' ')[0] ?? '');
      t.strictSame(ofCommand, options(program.commands.find((command) => command.name() === name)), `${file}: options of ${name}`);
    }
  }
});
