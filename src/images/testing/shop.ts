import { join } from 'node:path';
import type { Test } from 'tap';
import type { Executor } from '../../core/executor.js';
import { localExecutor } from '../../exec/local.js';
import type { Source } from '../digests.js';
import type { Workshop } from '../workshop.js';

export interface TestShop extends Workshop {
  /** What the listener heard: `+` began, `-` ended, `=` said. */
  readonly heard: string[];
}

/** Two images of a few bytes and a program, all of one Go program without imports. `tag` makes the images' names a test's own. */
export function smallShop(
  t: Test,
  tag = 'one',
  executor: Executor = localExecutor({ LC_ALL: 'C', CGO_ENABLED: '0', GOFLAGS: '' }),
): TestShop {
  const root = t.testdir({
    images: {
      hello: { Dockerfile: 'FROM scratch\nCOPY hello /hello\nCOPY software.txt /usr/share/svclab/software.txt\nENTRYPOINT ["/hello"]\n' },
      outer: { Dockerfile: 'FROM scratch\nCOPY inner.tar /\nCOPY software.txt /usr/share/svclab/software.txt\n' },
      program: { 'main.go': 'package main\n\nfunc main() { println("hello") }\n', 'go.mod': 'module hello\n\ngo 1.20\n' },
    },
    cache: {},
  });
  const source: Source = {
    root,
    node: 'v20.0.0',
    machine: process.arch,
    artifacts: { hello: { kind: 'go', module: 'program', program: '.', ldflags: ['-s'] } },
    recipes: [
      {
        name: 'hello',
        folder: 'hello',
        tags: [`svclab-test/hello:${tag}`, `svclab-test/again:${tag}`],
        parts: [{ to: 'hello', artifact: 'hello' }],
      },
      { name: 'outer', folder: 'outer', tags: [`svclab-test/outer:${tag}`], parts: [{ to: 'inner.tar', images: ['hello'] }] },
    ],
    programs: [{ name: 'hello', artifact: 'hello', standsFor: 'hello v1' }],
  };
  const heard: string[] = [];
  return {
    source,
    executor,
    cache: join(root, 'cache'),
    tools: join(root, 'bin'),
    nodeProgram: process.execPath,
    mirror: 'http://localhost:1',
    root: false,
    signal: new AbortController().signal,
    listener: {
      began: (what) => heard.push(`+ ${what.en}`),
      ended: (what) => heard.push(`- ${what.en}`),
      said: (what) => heard.push(`= ${what.en}`),
    },
    heard,
  };
}
